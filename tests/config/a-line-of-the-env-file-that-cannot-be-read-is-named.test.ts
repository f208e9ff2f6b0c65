import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigError } from '../../src/config.js';
import { readEnvironment } from '../../src/environment.js';
import { readEnvFile } from '../../src/platform/settings/env-file.js';

const read = (text: string) => readEnvFile(Buffer.from(text));

test.each([
  ['PORT=4001', { PORT: '4001' }],
  ['  export PORT = 4001  ', { PORT: '4001' }],
  ['PORT=4001 # the port', { PORT: '4001' }],
  ['PORT=4001 #', { PORT: '4001' }],
  ['SMTP_URL=', { SMTP_URL: '' }],
  ['SMTP_URL= # none', { SMTP_URL: '' }],
  ['# PORT=4001\n\nHOST=::1', { HOST: '::1' }],
  ['A="a # b" # c', { A: 'a # b' }],
  ['A=\'a "b" #c\'', { A: 'a "b" #c' }],
  ['A=`it\'s "so"`', { A: 'it\'s "so"' }],
  ['A="x\\ny"', { A: 'x\ny' }],
  ["A='x\\ny'", { A: 'x\\ny' }],
  ["A=it's", { A: "it's" }],
  ['A=b=c==', { A: 'b=c==' }],
  ['A=two words', { A: 'two words' }],
  ['A=$B', { A: '$B' }],
  ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
  ['\uFEFFA=ü', { A: 'ü' }],
])('%j is read as elsewhere', (text, values) => {
  expect(read(text)).toEqual({ values, errors: [] });
  expect(parseEnv(text.replace('\uFEFF', ''))).toEqual(values);
});

test('blank lines and ends of lines of any kind are taken', () => {
  expect(read('\t\nA=1\n \n')).toEqual({ values: { A: '1' }, errors: [] });
  expect(read('A=1\rB=2')).toEqual({ values: { A: '1', B: '2' }, errors: [] });
});

test.each([
  ['a stray line', 'hunter2 and so on', /^\.env line 2: is not a setting; takes NAME=value/],
  ['a name alone', 'AUTH_SECRET', /line 2: is not a setting/],
  ['a line of YAML', 'AUTH_SECRET: hunter2', /line 2: is not a setting/],
  ['a name that is none', '1A=hunter2', /line 2: is not a setting/],
  ['no name', '=hunter2', /line 2: is not a setting/],
  ['a # in a value', 'AUTH_SECRET=hunter2#hunter2', /line 2: AUTH_SECRET has a # without quotes; takes quotes/],
  ['a # that begins a value', 'AUTH_SECRET=#hunter2', /line 2: AUTH_SECRET has a # without quotes/],
  ['a # that begins a word', 'AUTH_SECRET=hunter2 #hunter2', /line 2: AUTH_SECRET has a # without quotes/],
  ['a quote that is not closed', 'AUTH_SECRET="hunter2', /line 2: AUTH_SECRET has an opening quote and no closing one/],
  ['a value of two lines', "AUTH_SECRET='hunter2\nhunter2'", /line 2: AUTH_SECRET has an opening quote/],
  ['text after a quote', 'AUTH_SECRET="hunter2"hunter2', /line 2: AUTH_SECRET has text after its closing quote/],
  ['a quote inside quotes', 'AUTH_SECRET="hunter2\\"hunter2"', /line 2: AUTH_SECRET has text after its closing quote/],
  ['a repeated name', 'HOST=hunter2', /line 2: HOST is set by line 1 already/],
])('%s is an error that has the number of the line and not its value', (_what, line, error) => {
  const { errors } = read(`HOST=::1\n${line}\nPORT=4001\n`);
  expect(errors[0]).toMatch(error);
  expect(errors.join()).not.toContain('hunter2');
});

test('every line that cannot be read is reported at once', () => {
  expect(read('one\nPORT=80\ntwo\nA=#x\n').errors).toEqual([
    expect.stringMatching(/^\.env line 1: /),
    expect.stringMatching(/^\.env line 3: /),
    expect.stringMatching(/^\.env line 4: A /),
  ]);
});

test.each([
  ['UTF-16, little-endian', Buffer.from('\uFEFFPORT=4001\n', 'utf16le')],
  ['UTF-16, big-endian', Buffer.from('\uFEFFPORT=4001\n', 'utf16le').swap16()],
  ['UTF-16 without a mark', Buffer.from('PORT=4001\n', 'utf16le')],
  ['Latin-1', Buffer.from('MAIL_FROM=Zoë <a@b.example>\n', 'latin1')],
])('a file in %s is rejected', (_encoding, content) => {
  expect(readEnvFile(content)).toEqual({ values: {}, errors: ['.env: is not UTF-8 text; save it as UTF-8'] });
});

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-env-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('a line that cannot be read stops the start', async () => {
  await writeFile(join(folder, '.env'), 'HOST=::1\nnonsense\n');
  expect(() => readEnvironment(folder)).toThrow(ConfigError);
  expect(() => readEnvironment(folder)).toThrow(/^\.env line 2: /);
});

test('a file that cannot be read is an error of one line', async () => {
  await mkdir(join(folder, '.env'));
  expect(() => readEnvironment(folder)).toThrow(ConfigError);
  expect(() => readEnvironment(folder)).toThrow(/^\.env: cannot be read \(EISDIR\)/);
});
