-- CreateTable
CREATE TABLE "Password" (
    "userId" TEXT NOT NULL PRIMARY KEY,
    "hash" TEXT NOT NULL,
    "cost" INTEGER NOT NULL,
    CONSTRAINT "Password_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CopyPasswords: passwords leave the accounts. The cost stands in the last 60 characters of a hash, which are bcrypt's;
-- what is no bcrypt hash opens no account, and costs nothing.
INSERT INTO "Password" ("userId", "hash", "cost")
SELECT "id", "passwordHash", CASE WHEN substr("passwordHash", -60) GLOB '$2[aby]$[01][0-9]$*'
    AND CAST(substr("passwordHash", -56, 2) AS INTEGER) BETWEEN 4 AND 15
    THEN CAST(substr("passwordHash", -56, 2) AS INTEGER) ELSE 0 END
FROM "User";

-- CreateTable
CREATE TABLE "Event" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "userId" TEXT,
    "actor" TEXT NOT NULL,
    "sessionId" TEXT,
    "method" TEXT,
    "failure" TEXT,
    "ipAddress" TEXT,
    "userAgent" TEXT
);

-- CopyEvents: each sign-in becomes an event
INSERT INTO "Event" ("id", "kind", "at", "userId", "actor", "sessionId", "failure", "ipAddress", "userAgent")
SELECT "id", CASE WHEN "failure" IS NULL THEN 'SIGNED_IN' ELSE 'SIGN_IN_REFUSED' END, "at", "userId",
    CASE WHEN "failure" IS NULL THEN 'USER' ELSE 'ANONYMOUS' END, "sessionId", "failure", "ipAddress", "userAgent"
FROM "LoginEvent";

-- DropIndex
DROP INDEX "LoginEvent_userId_id_idx";

-- DropIndex
DROP INDEX "LoginEvent_at_idx";

-- DropTable
PRAGMA foreign_keys=off;
DROP TABLE "LoginEvent";
PRAGMA foreign_keys=on;

-- AlterTable
ALTER TABLE "OutboxMail" ADD COLUMN "facts" TEXT;
ALTER TABLE "OutboxMail" ADD COLUMN "userId" TEXT;
ALTER TABLE "OutboxMail" RENAME COLUMN "refusals" TO "rejections";

-- CreateTable
CREATE TABLE "Challenge" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "digest" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "credentialsVersion" INTEGER NOT NULL,
    "method" TEXT NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "attemptsLeft" INTEGER NOT NULL,
    CONSTRAINT "Challenge_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- RedefineTables: the version of the password goes on as the version of all credentials; until now every session was
-- started with a password
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_User" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "email" TEXT NOT NULL,
    "emailVerifiedAt" DATETIME,
    "username" TEXT,
    "firstName" TEXT,
    "lastName" TEXT,
    "createdAt" DATETIME NOT NULL,
    "lastLoginAt" DATETIME,
    "deactivatedAt" DATETIME,
    "credentialsVersion" INTEGER NOT NULL DEFAULT 0,
    "secondFactorEnabledAt" DATETIME
);
INSERT INTO "new_User" ("credentialsVersion", "createdAt", "deactivatedAt", "email", "emailVerifiedAt", "firstName", "id", "lastLoginAt", "lastName", "username") SELECT "passwordVersion", "createdAt", "deactivatedAt", "email", "emailVerifiedAt", "firstName", "id", "lastLoginAt", "lastName", "username" FROM "User";
DROP TABLE "User";
ALTER TABLE "new_User" RENAME TO "User";
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
CREATE UNIQUE INDEX "User_username_key" ON "User"("username");
CREATE TABLE "new_Session" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "lastUsedAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "absoluteExpiresAt" DATETIME NOT NULL,
    "endedAt" DATETIME,
    "endReason" TEXT,
    "ipAddress" TEXT,
    "userAgent" TEXT,
    "methods" TEXT NOT NULL,
    "authenticatedAt" DATETIME NOT NULL,
    "generation" INTEGER NOT NULL DEFAULT 0,
    "refreshIssuedAt" DATETIME NOT NULL,
    "refreshJti" TEXT NOT NULL,
    "refreshKid" TEXT NOT NULL,
    "recentlySpent" TEXT NOT NULL DEFAULT '[]',
    CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_Session" ("methods", "authenticatedAt", "absoluteExpiresAt", "createdAt", "endReason", "endedAt", "expiresAt", "generation", "id", "ipAddress", "lastUsedAt", "recentlySpent", "refreshIssuedAt", "refreshJti", "refreshKid", "userAgent", "userId") SELECT 'PASSWORD', "createdAt", "absoluteExpiresAt", "createdAt", "endReason", "endedAt", "expiresAt", "generation", "id", "ipAddress", "lastUsedAt", "recentlySpent", "refreshIssuedAt", "refreshJti", "refreshKid", "userAgent", "userId" FROM "Session";
DROP TABLE "Session";
ALTER TABLE "new_Session" RENAME TO "Session";
CREATE INDEX "Session_userId_endedAt_lastUsedAt_idx" ON "Session"("userId", "endedAt", "lastUsedAt");
CREATE INDEX "Session_expiresAt_idx" ON "Session"("expiresAt");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE INDEX "Password_cost_idx" ON "Password"("cost");

-- CreateIndex
CREATE INDEX "Event_userId_id_idx" ON "Event"("userId", "id");

-- CreateIndex
CREATE INDEX "Event_kind_at_idx" ON "Event"("kind", "at");

-- CreateIndex
CREATE UNIQUE INDEX "Challenge_digest_key" ON "Challenge"("digest");

-- CreateIndex
CREATE INDEX "Challenge_userId_idx" ON "Challenge"("userId");

-- CreateIndex
CREATE INDEX "Challenge_expiresAt_idx" ON "Challenge"("expiresAt");

-- CreateIndex
CREATE INDEX "OutboxMail_userId_kind_idx" ON "OutboxMail"("userId", "kind");
