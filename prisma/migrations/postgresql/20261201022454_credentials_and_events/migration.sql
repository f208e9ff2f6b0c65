-- CreateTable
CREATE TABLE "Password" (
    "userId" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "cost" INTEGER NOT NULL,

    CONSTRAINT "Password_pkey" PRIMARY KEY ("userId")
);

-- CopyPasswords: passwords leave the accounts. The cost stands in the last 60 characters of a hash, which are bcrypt's;
-- what is no bcrypt hash opens no account, and costs nothing.
INSERT INTO "Password" ("userId", "hash", "cost")
SELECT "id", "passwordHash", CASE WHEN "passwordHash" ~ '^(sha384)?[$]2[aby][$](0[4-9]|1[0-5])[$].{53}$'
    THEN CAST(substr("passwordHash", length("passwordHash") - 55, 2) AS INTEGER) ELSE 0 END
FROM "User";

-- AlterTable: the version of the password goes on as the version of all credentials
ALTER TABLE "User" RENAME COLUMN "passwordVersion" TO "credentialsVersion";
ALTER TABLE "User" DROP COLUMN "passwordHash",
ADD COLUMN     "secondFactorEnabledAt" TIMESTAMP(3);

-- AlterTable: until now every session was started with a password
ALTER TABLE "Session" ADD COLUMN     "authenticatedAt" TIMESTAMP(3),
ADD COLUMN     "methods" TEXT NOT NULL DEFAULT 'PASSWORD';
UPDATE "Session" SET "authenticatedAt" = "createdAt";
ALTER TABLE "Session" ALTER COLUMN "authenticatedAt" SET NOT NULL,
ALTER COLUMN "methods" DROP DEFAULT;

-- CreateTable
CREATE TABLE "Event" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "userId" TEXT,
    "actor" TEXT NOT NULL,
    "sessionId" TEXT,
    "method" TEXT,
    "failure" TEXT,
    "ipAddress" TEXT,
    "userAgent" TEXT,

    CONSTRAINT "Event_pkey" PRIMARY KEY ("id")
);

-- CopyEvents: each sign-in becomes an event
INSERT INTO "Event" ("id", "kind", "at", "userId", "actor", "sessionId", "failure", "ipAddress", "userAgent")
SELECT "id", CASE WHEN "failure" IS NULL THEN 'SIGNED_IN' ELSE 'SIGN_IN_REFUSED' END, "at", "userId",
    CASE WHEN "failure" IS NULL THEN 'USER' ELSE 'ANONYMOUS' END, "sessionId", "failure", "ipAddress", "userAgent"
FROM "LoginEvent";

-- DropForeignKey
ALTER TABLE "LoginEvent" DROP CONSTRAINT "LoginEvent_userId_fkey";

-- DropTable
DROP TABLE "LoginEvent";

-- AlterTable
ALTER TABLE "OutboxMail" ADD COLUMN     "facts" TEXT,
ADD COLUMN     "userId" TEXT;
ALTER TABLE "OutboxMail" RENAME COLUMN "refusals" TO "rejections";

-- CreateTable
CREATE TABLE "Challenge" (
    "id" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "credentialsVersion" INTEGER NOT NULL,
    "method" TEXT NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "attemptsLeft" INTEGER NOT NULL,

    CONSTRAINT "Challenge_pkey" PRIMARY KEY ("id")
);

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

-- AddForeignKey
ALTER TABLE "Password" ADD CONSTRAINT "Password_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Challenge" ADD CONSTRAINT "Challenge_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
