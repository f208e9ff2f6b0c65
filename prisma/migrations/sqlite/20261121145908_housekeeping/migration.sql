-- CreateTable
CREATE TABLE "Chore" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "dueAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "Session_expiresAt_idx" ON "Session"("expiresAt");

-- CreateIndex
CREATE INDEX "LoginEvent_at_idx" ON "LoginEvent"("at");

-- CreateIndex
CREATE INDEX "MailToken_expiresAt_idx" ON "MailToken"("expiresAt");

-- Due since ever, so that whoever comes first does it.
INSERT INTO "Chore" ("name", "dueAt") VALUES ('sweep', '1970-01-01T00:00:00.000+00:00');
