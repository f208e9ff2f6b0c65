import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bindMigrationAwareSqlAdapterFactory, type SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import { type SchemaEngine, __wbg_set_wasm as setWasm } from '@prisma/schema-engine-wasm/schema_engine_bg';

// Neither the es2023 library nor @types/node 20 declares it.
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
};

let loading: Promise<void> | undefined;

async function load(): Promise<void> {
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const bytes = await readFile(join(dirname(entry), 'schema_engine_bg.wasm'));
  const imports = { ...engineModule, ...timersThatKeepNoProcess() };
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': imports });
  setWasm(instance.exports);
  instance.exports.__wbindgen_start();
}

/** The engine never clears the timer of its lock's deadline: the process would live on for ten seconds. */
function timersThatKeepNoProcess() {
  const names = Object.keys(engineModule).filter((name) => name.startsWith('__wbg_setTimeout_'));
  const start = (run: () => void, ms: number) => setTimeout(run, ms).unref();
  return Object.fromEntries(names.map((name) => [name, start]));
}

/**
 * Prisma's schema engine as WebAssembly, working through `adapter` alone: the native one is a download that `npm ci` cannot
 * count on. For writing migrations and for tests; the service runs migrations without it. It does not dispose of the
 * adapter. `datamodel` is a Prisma schema.
 */
export async function openSchemaEngine(adapter: SqlDriverAdapter, datamodel: string): Promise<SchemaEngine> {
  loading ??= load();
  await loading;
  const { provider, adapterName } = adapter;
  const reject = () => Promise.reject(new Error('Migrations need no shadow database.'));
  const factory = { provider, adapterName, connect: () => Promise.resolve(adapter), connectToShadowDb: reject };
  const bound = bindMigrationAwareSqlAdapterFactory(factory);
  return engineModule.SchemaEngine.new({ datamodels: [['schema.prisma', datamodel]] }, () => undefined, bound);
}
