// Writes schema.graphql from the code. Run with tsx.
import { writeFileSync } from 'node:fs';
import { printSchema } from 'graphql';
import { createSchema } from '../src/graphql/schema.js';
import { createResolvers, type Services } from '../src/resolvers.js';

// The resolvers only keep their services; nothing is called.
const schema = await createSchema(createResolvers({} as Services));
writeFileSync('schema.graphql', `# Emitted from the code by npm run codegen.\n\n${printSchema(schema)}\n`);
