import { defineConfig } from 'prisma/config';

// `prisma generate` insists on a native schema engine that it then does not use, and would download one. Any
// executable satisfies it; migrations run on the WebAssembly engine instead (src/platform/database/migrate.ts).
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema.prisma',
});
