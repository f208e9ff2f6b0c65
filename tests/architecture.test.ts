import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

/** Each feature may use those before it, and none after it. */
const features = [
  'users',
  'events',
  'keys',
  'tokens',
  'mail',
  'email',
  'sessions',
  'sign-in',
  'password',
  'sign-up',
  'profile',
  'deactivation',
  'administration',
  'housekeeping',
];

/** Each table belongs to one feature; others reach it through that feature's statements and stores. */
const owners: Record<string, string> = {
  User: 'users',
  Password: 'password',
  Session: 'sessions',
  SigningKey: 'keys',
  Event: 'events',
  Challenge: 'sign-in',
  OutboxMail: 'mail',
  MailToken: 'mail',
  Chore: 'housekeeping',
};

interface Rule {
  reason: string;
  /** Matches an import that must not be, written as `importer -> imported`, packages as `npm:name`. */
  never: RegExp;
  /** What is allowed nevertheless. */
  except?: RegExp;
  /** An import that breaks the rule, so that a rule that matches nothing is noticed. */
  offence: string;
}

const rules: Rule[] = [
  {
    reason: 'The platform knows no feature, so that it could serve another product',
    never: /^platform\/\S+ -> (?!npm:|platform\/|errors\.ts$)/,
    offence: 'platform/mailer.ts -> features/mail/mail.ts',
  },
  {
    reason: 'src/graphql knows no feature, so that a new feature changes nothing there',
    never: /^graphql\/\S+ -> (?!npm:|graphql\/|platform\/|errors\.ts$|config\.ts$|call\.ts$)/,
    offence: 'graphql/schema.ts -> features/users/user.types.ts',
  },
  {
    reason: 'HTTP carries GraphQL and keys, and decides nothing',
    never: /^http\/\S+ -> (?!npm:|http\/|graphql\/|platform\/|errors\.ts$|config\.ts$|call\.ts$)/,
    except: / -> features\/keys\/keyring\.ts$/,
    offence: 'http/graphql.route.ts -> features/password/login.service.ts',
  },
  {
    reason: 'A feature knows neither the settings as a whole nor HTTP: what it needs is an argument',
    never: /^features\/\S+ -> (?!npm:|features\/|graphql\/|platform\/|errors\.ts$|call\.ts$)/,
    except: /\.feature\.ts -> open-platform\.ts$/,
    offence: 'features/sessions/session.resolver.ts -> http/refresh-cookie.ts',
  },
  {
    reason: "Only the list of features builds features, and the operators' use cases the keys",
    never: /^(?!latchkey\.ts)\S+ -> features\/\S+\.feature\.ts$/,
    except: /^features\/administration\/administration\.feature\.ts -> features\/keys\/keys\.feature\.ts$/,
    offence: 'features/password/login.service.ts -> features/mail/mail.feature.ts',
  },
  {
    reason: 'Only resolvers, types and the cookie policy know GraphQL: services, stores and rules work without it',
    never: /^features\/\S+(?<!\.(resolver|types)\.ts) -> (graphql\/\S+|\S+\.(resolver|types)\.ts)$/,
    except: /^features\/(\S+\.feature\.ts|sessions\/cookie-policy\.ts) -> /,
    offence: 'features/password/login.service.ts -> graphql/context.ts',
  },
  {
    reason: 'A resolver calls services; what is stored is not its business',
    never: /\.(resolver|types)\.ts -> \S+\.(store|sql)\.ts$/,
    offence: 'features/profile/profile.resolver.ts -> features/users/user.store.ts',
  },
  {
    reason: 'A store keeps what it is told; it calls no service',
    never: /\.(store|sql)\.ts -> \S+\.service\.ts$/,
    offence: 'features/sign-in/sign-in.store.ts -> features/sessions/session.service.ts',
  },
  {
    reason: 'Only stores, statements, and the wiring see the database',
    never: /^(features|http|graphql)\/\S+(?<!\.(store|sql)\.ts) -> platform\/database\/(?!statement\.ts$)/,
    offence: 'features/password/login.service.ts -> platform/database/database.ts',
  },
  {
    reason:
      'Prisma and the drivers stay in platform/database, stores and statements, which see one client for both engines',
    never:
      /^(?!platform\/database\/)\S+ -> (npm:(@prisma\/\S+|pg|better-sqlite3|libsql)|platform\/database\/generated\/\S+)$/,
    except: /\.(store|sql)\.ts -> platform\/database\/generated\/sqlite\/client\.ts$/,
    offence: 'features/users/user.store.ts -> platform/database/generated/postgresql/client.ts',
  },
  {
    reason: 'The gate alone starts sessions',
    never: /^(?!features\/(sessions|sign-in)\/)\S+ -> features\/sessions\/session-issuer\.ts$/,
    offence: 'features/password/login.service.ts -> features/sessions/session-issuer.ts',
  },
  {
    reason: 'Fastify stays in src/http',
    never: /^(?!http\/)\S+ -> npm:@?fastify/,
    offence: 'features/sessions/session.resolver.ts -> npm:fastify',
  },
  {
    reason: 'GraphQL packages stay in src/graphql, resolvers and types; one route hands requests to Apollo',
    never: /^(?!graphql\/)\S+(?<!\.(resolver|types)\.ts) -> npm:(type-graphql|graphql|graphql-scalars|@apollo\/\S+)$/,
    except: /^http\/graphql\.route\.ts -> npm:@apollo\/server$/,
    offence: 'features/password/login.service.ts -> npm:graphql',
  },
  {
    reason: 'JWTs and keys are made and read in two features and the vault alone, where RFC 8725 is kept',
    never: /^(?!features\/(keys|tokens)\/|platform\/vault\.ts)\S+ -> npm:jose$/,
    offence: 'features/sessions/session.service.ts -> npm:jose',
  },
  {
    reason: 'Passwords are hashed in worker threads alone, never on the event loop',
    never: /^(?!platform\/hashing\/)\S+ -> (npm:(bcrypt|bcryptjs)|platform\/hashing\/(?!hashing\.ts$)\S+)$/,
    offence: 'features/password/login.service.ts -> npm:bcryptjs',
  },
  {
    reason: 'Nothing imports the process; only the process and the commands import the wiring',
    never: /^(?!main\.ts|start\.ts|cli\/)\S+ -> (main\.ts|start\.ts|environment\.ts|server\.ts|cli\/\S+)$/,
    offence: 'latchkey.ts -> environment.ts',
  },
];

const sourceDir = path.join(import.meta.dirname, '../src');

/** Every file of src/ that we wrote, by its path in there. */
function readSources(): Map<string, string> {
  const names = readdirSync(sourceDir, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
  const written = names.filter((name) => /\.(ts|js)$/.test(name) && !name.includes('/generated/')).sort();
  return new Map(written.map((name) => [name, readFileSync(path.join(sourceDir, name), 'utf8')]));
}

/** Type-only imports count too: who knows a type knows its owner. Node's own modules do not. */
function importsOf(file: string, source: string, files: ReadonlySet<string>): string[] {
  const statement = /^(?:import|export)\b[^;'"]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm;
  const named = [...source.matchAll(statement)].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '');
  return named.filter((name) => !name.startsWith('node:')).map((name) => targetOf(file, name, files));
}

function targetOf(file: string, name: string, files: ReadonlySet<string>): string {
  if (!name.startsWith('.')) return `npm:${name}`;
  const target = path.posix.join(path.posix.dirname(file), name);
  return files.has(target) ? target : target.replace(/\.js$/, '.ts');
}

/** The code alone: comments may speak of what code may not do. */
function withoutComments(source: string): string {
  return source.replace(/^\s*(\/?\*|\/\/).*$/gm, '').replace(/ \/\/ .*$/gm, '');
}

function breaks(rule: Rule, edge: string): boolean {
  return rule.never.test(edge) && !rule.except?.test(edge);
}

function featureRank(file: string): number {
  return features.indexOf(file.split('/')[1] ?? '');
}

/** The first way found that leads from a file back to itself. */
function findCycle(imports: ReadonlyMap<string, string[]>): string[] | null {
  const done = new Set<string>();
  function visit(file: string, way: string[]): string[] | null {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const next of imports.get(file) ?? []) {
      const cycle = visit(next, [...way, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return null;
  }
  for (const file of imports.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return null;
}

const sources = readSources();
const names = new Set(sources.keys());
const imports = new Map([...sources].map(([file, source]) => [file, importsOf(file, source, names)]));
const edges = [...imports].flatMap(([file, targets]) => targets.map((target) => `${file} -> ${target}`));

describe('imports', () => {
  test.each(rules)('$reason', (rule) => {
    expect(edges.filter((edge) => breaks(rule, edge))).toEqual([]);
    expect(breaks(rule, rule.offence), 'the rule notices its offence').toBe(true);
  });

  test('A feature uses only those before it', () => {
    const ofFeatures = edges.map((edge) => edge.split(' -> ') as [string, string]);
    const backwards = ofFeatures.filter(([from, to]) => {
      if (featureRank(from) < 0 || featureRank(to) < 0) return false;
      return featureRank(to) > featureRank(from);
    });
    expect(backwards).toEqual([]);
  });

  test('Every feature has its place in the order', () => {
    const folders = readdirSync(path.join(sourceDir, 'features'), { withFileTypes: true });
    const present = folders.filter((folder) => folder.isDirectory()).map((folder) => folder.name);
    expect(present.sort()).toEqual([...features].sort());
  });

  test('No two features use each other', () => {
    const folderOf = (file: string) => (featureRank(file) < 0 ? null : (file.split('/')[1] ?? null));
    const folders = new Map<string, string[]>();
    for (const [file, targets] of imports) {
      const from = folderOf(file);
      if (from === null) continue;
      const others = targets.map(folderOf).filter((to) => to !== null && to !== from) as string[];
      folders.set(from, [...(folders.get(from) ?? []), ...others]);
    }
    expect(findCycle(folders)).toBeNull();
  });

  test('No file imports itself, directly or through others', () => {
    expect(findCycle(imports)).toBeNull();
    expect(
      findCycle(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['b']],
        ]),
      ),
    ).toEqual(['b', 'c', 'b']);
  });

  test('The scan sees the imports that there are', () => {
    const source =
      "import a, {\n  type B,\n} from './b.js';\nexport { c } from '../c.js';\nawait import('d');\nimport 'node:fs';";
    expect(importsOf('features/x/a.ts', source, new Set())).toEqual(['features/x/b.ts', 'features/c.ts', 'npm:d']);
    expect(edges).toContain('main.ts -> start.ts');
  });
});

describe('files', () => {
  const filesWith = (text: RegExp, where: RegExp) =>
    [...sources]
      .filter(([file, source]) => where.test(file) && text.test(withoutComments(source)))
      .map(([file]) => file);

  const usesProcess = /(?<![\w.'-])process(\.|\?|\[)|globalThis\.process|node:process/;

  test('Only the process, its environment and the commands see `process`', () => {
    expect(filesWith(usesProcess, /^(?!main\.ts$|start\.ts$|environment\.ts$|cli\/)/)).toEqual([]);
    expect(filesWith(usesProcess, /^main\.ts$/)).toEqual(['main.ts']);
  });

  test('A table is named in the feature that owns it alone', () => {
    const models = readFileSync(path.join(sourceDir, '../prisma/schema.prisma'), 'utf8').matchAll(/^model (\w+) /gm);
    expect([...models].map(([, name]) => name).sort()).toEqual(Object.keys(owners).sort());
    for (const [table, owner] of Object.entries(owners)) {
      const delegate = table[0]?.toLowerCase() + table.slice(1);
      const named = new RegExp(`"${table}"|'${table}'|\\b(client|tx)\\.${delegate}\\b`);
      const elsewhere = filesWith(named, /^features\/\S+\.(store|sql)\.ts$/).filter(
        (file) => file.split('/')[1] !== owner,
      );
      expect(elsewhere, table).toEqual([]);
    }
  });

  test('A file of statements speaks SQL, and a store speaks Prisma', () => {
    expect(filesWith(/\b(client|tx)\.\w+\.\w+\(/, /\.sql\.ts$/)).toEqual([]);
    expect(filesWith(/Prisma\.sql`|\$queryRaw|INSERT INTO|UPDATE "|DELETE FROM/, /\.store\.ts$/)).toEqual([]);
  });

  test('Features take the time from a clock and chance from the platform', () => {
    expect(filesWith(/new Date\(\)|Date\.now\(|Math\.random\(/, /^features\//)).toEqual([]);
  });

  test('A name says what a file is for, and nothing is reached through a barrel', () => {
    expect([...names].filter((file) => /(^|\/)(index|utils?|helpers?|common|misc)\.(ts|js)$/.test(file))).toEqual([]);
    expect(filesWith(/^export \* /m, /./)).toEqual([]);
  });
});
