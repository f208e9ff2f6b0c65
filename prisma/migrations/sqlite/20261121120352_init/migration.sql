-- CreateTable
CREATE TABLE "User" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "email" TEXT NOT NULL,
    "emailVerifiedAt" DATETIME,
    "username" TEXT,
    "firstName" TEXT,
    "lastName" TEXT,
    "passwordHash" TEXT NOT NULL,
    "passwordVersion" INTEGER NOT NULL DEFAULT 0,
    "createdAt" DATETIME NOT NULL,
    "lastLoginAt" DATETIME,
    "deactivatedAt" DATETIME
);

-- CreateTable
CREATE TABLE "Session" (
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
    "generation" INTEGER NOT NULL DEFAULT 0,
    "refreshIssuedAt" DATETIME NOT NULL,
    "refreshJti" TEXT NOT NULL,
    "refreshKid" TEXT NOT NULL,
    "recentlySpent" TEXT NOT NULL DEFAULT '[]',
    CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "SigningKey" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "sequence" INTEGER NOT NULL,
    "publicJwk" TEXT NOT NULL,
    "privateJwe" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "activeFrom" DATETIME NOT NULL,
    "verifiesUntil" DATETIME,
    "revokedAt" DATETIME
);

-- CreateTable
CREATE TABLE "LoginEvent" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT,
    "at" DATETIME NOT NULL,
    "failure" TEXT,
    "sessionId" TEXT,
    "ipAddress" TEXT,
    "userAgent" TEXT,
    CONSTRAINT "LoginEvent_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "OutboxMail" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "nextAttemptAt" DATETIME NOT NULL,
    "refusals" INTEGER NOT NULL DEFAULT 0,
    "claimedUntil" DATETIME,
    "claimedBy" TEXT
);

-- CreateTable
CREATE TABLE "MailToken" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "mailId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    CONSTRAINT "MailToken_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");

-- CreateIndex
CREATE UNIQUE INDEX "User_username_key" ON "User"("username");

-- CreateIndex
CREATE INDEX "Session_userId_endedAt_lastUsedAt_idx" ON "Session"("userId", "endedAt", "lastUsedAt");

-- CreateIndex
CREATE UNIQUE INDEX "SigningKey_sequence_key" ON "SigningKey"("sequence");

-- CreateIndex
CREATE INDEX "LoginEvent_userId_id_idx" ON "LoginEvent"("userId", "id");

-- CreateIndex
CREATE INDEX "OutboxMail_nextAttemptAt_idx" ON "OutboxMail"("nextAttemptAt");

-- CreateIndex
CREATE INDEX "OutboxMail_email_kind_idx" ON "OutboxMail"("email", "kind");

-- CreateIndex
CREATE UNIQUE INDEX "MailToken_digest_key" ON "MailToken"("digest");

-- CreateIndex
CREATE INDEX "MailToken_userId_kind_mailId_idx" ON "MailToken"("userId", "kind", "mailId");
