-- AlterTable
ALTER TABLE "OutboxMail" ADD COLUMN     "facts" TEXT,
ADD COLUMN     "userId" TEXT;

-- CreateIndex
CREATE INDEX "OutboxMail_userId_kind_idx" ON "OutboxMail"("userId", "kind");
