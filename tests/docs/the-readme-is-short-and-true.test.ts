import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorTable } from '../../src/errors.js';
import { root } from '../support/built.js';

const read = (name: string) => readFileSync(path.join(root, name), 'utf8');
const manual = readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md'));
const pages = ['README.md', ...manual.map((name) => `docs/${name}`)];

/** What is named and is not in the repository: results of a run, and files of the reader's own app. */
const elsewhere: Record<string, string[]> = {
  'docs/performance.md': ['bench/results.json'],
  'docs/typed-client.md': ['src/auth.graphql', 'src/latchkey/', 'src/client.ts'],
};

/** The page as it is shown: comments are not. */
const shown = (page: string) => read(page).replace(/<!--[\s\S]*?-->/g, '');

/** The first column of every table: what stands in backquotes there. */
function firstColumn(text: string): string[] {
  const cells = [...text.matchAll(/^\| (`[^|]*`)[^|]*\|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

function section(text: string, title: string): string {
  return text.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
}

/** As GitHub makes the anchor of a heading. */
function anchors(page: string): string[] {
  const headings = [...shown(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

test('The README has 1,500 words at most', () => {
  expect(read('README.md').trim().split(/\s+/).length).toBeLessThanOrEqual(1_500);
});

describe.each(pages)('%s', (page) => {
  test('Every relative link leads to a file, and its fragment to a heading', () => {
    const links = [...shown(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    const broken = links.filter(([, file, fragment]) => {
      const target = file ? path.join(path.dirname(page), file) : page;
      if (!existsSync(path.join(root, target))) return true;
      return fragment !== undefined && !anchors(target).includes(fragment);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  test('Every file of the repository that is named exists', () => {
    const named = [...shown(page).matchAll(/`((?:src|tests|prisma|scripts|bench|docs)\/[\w./-]*)`/g)];
    const missing = named.map(([, file = '']) => file).filter((file) => !existsSync(path.join(root, file)));
    expect(missing.filter((file) => !elsewhere[page]?.includes(file))).toEqual([]);
  });

  test('Every npm script that is named exists', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = [...shown(page).matchAll(/npm (?:run (?:-s )?([\w:]+)|(start|test)\b)/g)];
    expect(named.map(([, run, short]) => run ?? short).filter((name) => !(`${name}` in scripts))).toEqual([]);
  });
});

test('docs/settings.md lists every setting, and no other', () => {
  const source = read('src/config.ts');
  const table = source.slice(source.indexOf('z.object({'), source.indexOf('type Settings'));
  const keys = [...table.matchAll(/^ {2}(\w+): /gm)].map(([, key = '']) => key);
  const names = keys.map((key) => key.replace(/[A-Z]/g, '_$&').toUpperCase());
  expect(names.length).toBeGreaterThan(20);
  expect(firstColumn(section(read('docs/settings.md'), 'Every setting'))).toEqual(names);
});

test('docs/errors.md lists every error code with its reasons, and no other', () => {
  const page = read('docs/errors.md');
  expect(firstColumn(section(page, 'Codes'))).toEqual(Object.keys(errorTable));
  const reasons = Object.values(errorTable).flatMap((entry) => ('reasons' in entry ? Object.keys(entry.reasons) : []));
  const listed = [...section(page, 'Reasons').matchAll(/^\|[^|]*\| `(\w+)` \|/gm)].map(([, reason]) => reason);
  expect(listed.filter((reason) => reason !== 'reason')).toEqual(reasons);
});

test('docs/dependencies.md lists every direct dependency, and no other', () => {
  const { dependencies, optionalDependencies, devDependencies } = JSON.parse(read('package.json'));
  const names = Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies });
  expect(firstColumn(read('docs/dependencies.md')).sort()).toEqual(names.sort());
});
