import type { GraphQLError } from 'graphql';
import { namesInDocument } from './names.js';

/*
 * graphql-js and Apollo quote what they were sent, a password in the wrong place included. So their messages are said
 * only where the text is in this list, with "" for each name in it. A name is said only where it is one of the schema,
 * or stands in the document where a name belongs; any other is left out: `Unknown directive "@x".` is said as
 * `Unknown directive.` A text that is not in the list, such as one that a new version has reworded, becomes a sentence
 * of ours.
 */
const safeTexts = new Set([
  // validation/rules
  'Cannot query field "" on type "".',
  'Unknown argument "" on field "".',
  'Unknown argument "" on directive "".',
  'Unknown directive "".',
  'Unknown fragment "".',
  'Unknown type "".',
  'Field "" argument "" of type "" is required, but it was not provided.',
  'Directive "" argument "" of type "" is required, but it was not provided.',
  'Field "" must not have a selection since type "" has no subfields.',
  'Field "" of type "" must have a selection of subfields.',
  'Field "" of type "" must have at least one field selected.',
  'Field "" is not defined by type "".',
  'Field "" of required type "" was not provided.',
  'Field "" must be non-null.',
  'Fields "" conflict. Use different aliases to fetch both.',
  'Fragment "" cannot condition on non composite type "".',
  'Fragment cannot condition on non composite type "".',
  'Fragment "" cannot be spread here as objects of type "" can never be of type "".',
  'Fragment cannot be spread here as objects of type "" can never be of type "".',
  'Fragment "" is never used.',
  'Cannot spread fragment "" within itself.',
  'There can be only one argument named "".',
  'There can be only one fragment named "".',
  'There can be only one input field named "".',
  'There can be only one operation named "".',
  'There can be only one variable named "".',
  'This anonymous operation must be the only defined operation.',
  'The directive "" can only be used once at this location.',
  'Variable "" cannot be non-input type "".',
  'Variable "" is never used.',
  'Variable "" is never used in operation "".',
  'Variable "" is not defined.',
  'Variable "" is not defined by operation "".',
  'Variable "" of type "" used in position expecting type "".',
  'Value "" does not exist in "" enum.',
  'OneOf Input Object "" must specify exactly one key.',
  'Exactly one key must be specified for OneOf type "".',
  'Maximum introspection depth exceeded',
  'Too many validation errors, error limit reached. Validation aborted.',
  // execution
  'Variable "" of required type "" was not provided.',
  'Variable "" of non-null type "" must not be null.',
  'Argument "" of required type "" was not provided.',
  'Argument "" of required type "" was provided the variable "" which was not provided a runtime value.',
  'Argument "" of non-null type "" must not be null.',
  'Must provide an operation.',
  'Must provide operation name if query contains multiple operations.',
  // Apollo
  'Operation batching disabled.',
  'POST body missing, invalid Content-Type, or JSON object has no keys.',
  'GraphQL queries must be strings.',
  'GraphQL operations must contain a non-empty `query` or a `persistedQuery` extension.',
  'GET requests only support query operations, not mutation operations',
  'No operations found in request.',
  'GET requests may not have a content-type header other than application/json.',
  ...['query', 'operationName', 'variables', 'extensions'].flatMap((name) => [
    `The '${name}' search parameter may only be specified once.`,
    `The ${name} search parameter contains invalid JSON.`,
    `The ${name} search parameter should contain a JSON-encoded object.`,
    `\`${name}\` in a POST body should be provided as an object, not a recursively JSON-encoded string.`,
    `\`${name}\` in a POST body must be an object if provided.`,
    `\`${name}\` in a POST body must be a string if provided.`,
  ]),
  'PersistedQueryNotSupported',
  // Ours
  'Expected a value of type "".',
  'Argument "" has an invalid value.',
  'There is no operation of this name.',
  'Introspection is off on this server.',
  'This API has no subscriptions.',
]);

const token = '(?:"[^"\\w\\s]+"|"on"|Name|Int|Float|String|BlockString|Comment|<EOF>)';

/** Messages that have a value in them, and what is made of them; the result is looked up in the list. */
const rewordings: readonly [message: RegExp, text: string][] = [
  [/^(?:Expected (?:value of |non-nullable )?type|Enum) ("[^"]+").*$/s, 'Expected a value of type $1.'],
  [/^(\w+) cannot represent .*$/s, 'Expected a value of type "$1".'],
  [/^(Argument "\w+") has invalid value .*$/s, '$1 has an invalid value.'],
  [/^(Fields "\w+" conflict) because .*$/s, '$1. Use different aliases to fetch both.'],
  [/^(Cannot spread fragment "\w+" within itself) via .*$/s, '$1.'],
  [/^Unknown operation named .*$/s, 'There is no operation of this name.'],
  [/^GraphQL introspection is not allowed .*$/s, 'Introspection is off on this server.'],
];

/** Messages of the parser, which has no names of a schema; the value of a token is cut off. */
const syntaxErrors: readonly [message: RegExp, text: string][] = [
  [new RegExp(`^Syntax Error: (Expected ${token}, found ${token}|Unexpected ${token})(?: ".*")?\\.$`, 's'), '$1.'],
  [/^Syntax Error: Unterminated string\.$/, 'Unterminated string.'],
  [/^Syntax Error: Document contains more .* tokens\..*$/s, 'The document has too many tokens.'],
];

const otherwise: Readonly<Record<string, string>> = {
  GRAPHQL_PARSE_FAILED: 'Syntax Error: The document does not parse.',
  GRAPHQL_VALIDATION_FAILED: 'The document is not valid.',
  OPERATION_RESOLUTION_FAILURE: 'The operation to execute cannot be determined.',
  BAD_USER_INPUT: 'Expected a value of another type.',
};

/**
 * What a client gets in place of a message of graphql-js or Apollo. `code` is the error's, `source` the document that
 * the error is about.
 */
export type SafeMessage = (message: string, code: string, source?: GraphQLError['source']) => string;

/** With `suggestions` the message also says which names of the schema may have been meant. */
export function createSafeMessage(schemaNames: ReadonlySet<string>, suggestions: boolean): SafeMessage {
  return (message, code, source) => {
    const fallback = otherwise[code] ?? 'The request is malformed.';
    if (code === 'GRAPHQL_PARSE_FAILED') return syntaxError(message) ?? fallback;
    const [statement, suggestion] = splitSuggestion(message);
    const text = rewordings.reduce((text, [pattern, instead]) => text.replace(pattern, instead), statement);
    if (!safeTexts.has(text.replace(/"[^"]*"/g, '""'))) return fallback;
    const names = namesInDocument(source);
    const known = (name: string) => schemaNames.has(name) || names.has(name);
    const said = text.replace(/ ?"([^"]*)"/g, (quoted, name) => (isMadeOf(name, known) ? quoted : ''));
    return suggestions && isSafeSuggestion(suggestion, schemaNames) ? said + suggestion : said;
  };
}

function syntaxError(message: string): string | null {
  const [pattern, text = ''] = syntaxErrors.find(([pattern]) => pattern.test(message)) ?? [];
  return pattern ? `Syntax Error: ${message.replace(pattern, text)}` : null;
}

function splitSuggestion(message: string): [statement: string, suggestion: string] {
  const at = message.lastIndexOf(' Did you mean ');
  return at === -1 ? [message, ''] : [message.slice(0, at), message.slice(at)];
}

const suggestionForm =
  /^ Did you mean (?:the enum value |to use an inline fragment on )?"[^"]*"(?:,? (?:or )?"[^"]*")*\?$/;

function isSafeSuggestion(text: string, schemaNames: ReadonlySet<string>): boolean {
  const names = [...text.matchAll(/"([^"]*?)(?: \{ \.\.\. \})?"/g)].map(([, name = '']) => name);
  return suggestionForm.test(text) && names.every((name) => schemaNames.has(name));
}

/** Whether a quoted text is a name, or a form that has only names in it: `[Int!]!`, `Query.me`, `$first`, `@include`. */
function isMadeOf(text: string, known: (name: string) => boolean): boolean {
  const names = text.split(/[.$@![\]]+/).filter((name) => name !== '');
  return names.length > 0 && names.every(known);
}
