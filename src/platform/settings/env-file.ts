export interface EnvFile {
  values: Record<string, string>;
  /** One line for each line that cannot be read: its number and name, never its value. */
  errors: string[];
}

/** A line's meaning, or what is wrong with it; null where it sets nothing. */
type Line = { name: string; value: string } | { error: string } | null;

/**
 * Reads a `.env` file, strictly: each line is blank, a comment, or sets one variable. Values mean what they mean to
 * `parseEnv` of node:util and to dotenv. Those take any text and skip, cut or join what they cannot read, so that a
 * setting silently becomes another one; here such a line is an error.
 */
export function readEnvFile(content: Uint8Array): EnvFile {
  const text = decode(content);
  if (text === undefined) return { values: {}, errors: ['.env: is not UTF-8 text; save it as UTF-8'] };
  const lines = text.split(/\r\n|\n|\r/).map(readLine);
  const values: Record<string, string> = {};
  const numbers = new Map<string, number>();
  const errors: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === null) continue;
    const error = 'error' in line ? line.error : repeated(line.name, numbers);
    if (error) errors.push(`.env line ${index + 1}: ${error}`);
    if ('error' in line) continue;
    values[line.name] = line.value;
    numbers.set(line.name, index + 1);
  }
  return { values, errors };
}

/** Undefined where it is not UTF-8. A NUL is the other half of a character of UTF-16. */
function decode(content: Uint8Array): string | undefined {
  if (content.includes(0)) return undefined;
  try {
    // It also takes off a byte order mark, with which editors on Windows begin a file.
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}

/** Others let the last line win: the one that is edited is then often the one without effect. */
function repeated(name: string, numbers: ReadonlyMap<string, number>): string | undefined {
  const number = numbers.get(name);
  return number === undefined ? undefined : `${name} is set by line ${number} already; takes one line for each name`;
}

function readLine(line: string): Line {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return null;
  const [, name, value = ''] = /^(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*(.*)$/.exec(text) ?? [];
  if (name === undefined) return { error: 'is not a setting; takes NAME=value, or # before a comment' };
  const read = /^["'`]/.test(value) ? readQuoted(value) : readBare(value);
  return 'error' in read ? { error: `${name} ${read.error}` } : { name, ...read };
}

function readQuoted(text: string): { value: string } | { error: string } {
  const quote = text.charAt(0);
  const end = text.indexOf(quote, 1);
  if (end < 0) return { error: 'has an opening quote and no closing one; takes a value that ends on its line' };
  if (!/^\s*(?:#.*)?$/.test(text.slice(end + 1))) {
    return { error: 'has text after its closing quote; takes other quotes around a value with quotes in it' };
  }
  const inside = text.slice(1, end);
  return { value: quote === '"' ? inside.replaceAll('\\n', '\n') : inside };
}

/** A comment is a # with blanks around it: any other may be part of the value, which would be cut there. */
function readBare(text: string): { value: string } | { error: string } {
  const value = text.replace(/(?:^|\s+)#(?:\s.*)?$/, '');
  if (!value.includes('#')) return { value };
  return {
    error: 'has a # without quotes; takes quotes around the value, or blanks on both sides of the # of a comment',
  };
}
