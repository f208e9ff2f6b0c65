import {
  type ArgumentNode,
  type ASTNode,
  GraphQLError,
  Kind,
  type ObjectFieldNode,
  parse,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import type { FieldFault } from '../errors.js';

// graphql-js quotes what it was sent: a password that stands where an enum belongs, a token with a stray quote. Its
// messages are kept as far as they name fields, types and arguments, and cut where they quote a value. All of its
// messages that do are listed here, by the file of graphql-js 16 they come from.
const quoting: readonly [pattern: RegExp, kept: string][] = [
  // language/parser.ts: `Expected Name, found String "…"`, `Unexpected Int "…"`; punctuators are kept, they are no values
  [/\b(Name|Int|Float|String|BlockString|Comment) ".*"/gs, '$1'],
  // language/lexer.ts: `Invalid character escape sequence: "\…"`, `expected digit but got: "…"`, `Unexpected character: "…"`
  [/(Invalid [^:]+|Unexpected character): .*$/s, '$1.'],
  // utilities/coerceInputValue.ts, validation/rules/ValuesOfCorrectTypeRule.ts, type/scalars.ts, type/definition.ts
  [/^Expected value of type (".*?"), found .*$/s, 'Expected value of type $1.'],
  [/^(Expected type ".*?")\. .*$/s, '$1.'],
  [/^Value ".*" does not exist in (".*?") enum\..*$/s, 'The value does not exist in $1 enum.'],
  [/^(Enum ".*?" cannot represent (?:non-string|non-enum) value): .*$/s, '$1.'],
  [/^((?:Int|Float|String|Boolean|ID) cannot represent [^:"]*)[:"].*$/s, '$1.'],
  // graphql-scalars and whatever else a scalar says: `DateTime cannot represent an invalid date-time-string …`
  [/^(?!(?:Int|Float|String|Boolean|ID)\b)(\w+ cannot \w+) .*$/s, '$1 the value.'],
  // execution/values.ts: `Argument "first" has invalid value …`
  [/^(Argument "\w+" has invalid value) .*$/s, '$1.'],
  // validation/rules/NoUndefinedVariablesRule.ts: what stands where a value belongs, a password like `$ecret` too
  [/^Variable "\$\w+" is not defined\b/, 'A variable is not defined'],
  // Apollo's advice is for whoever wrote the server
  [/^GraphQL introspection is not allowed by Apollo Server.*$/s, 'Introspection is off on this server.'],
  // execution/execute.ts
  [/^Unknown operation named ".*"\.$/s, 'Unknown operation name.'],
];

/** The message, cut where it would repeat a value that was sent. */
export function withoutValues(message: string): string {
  return quoting.reduce((text, [pattern, kept]) => text.replace(pattern, kept), message);
}

/**
 * What is wrong with a variable or an argument that graphql-js could not coerce, by the argument's path. Null: the error
 * is something else.
 */
export function coercionFault(error: GraphQLError): FieldFault | null {
  // execution/values.ts stops at fifty faults, with one more that is of no variable.
  if (error.message.startsWith('Too many errors processing variables')) {
    return { path: 'variables', message: 'There are more faults than these.' };
  }
  const node = error.nodes?.[0];
  if (node?.kind === Kind.VARIABLE_DEFINITION) return variableFault(error, node);
  if (error.originalError && !(error.originalError instanceof GraphQLError)) return null;
  const argument = /^Argument "(\w+)"/.exec(error.message)?.[1];
  return argument === undefined ? null : { path: argument, message: withoutValues(error.message) };
}

/** `Variable "$input" got invalid value {…} at "input.email"; <reason>`: the reason is an error of its own. */
function variableFault(error: GraphQLError, definition: VariableDefinitionNode): FieldFault | null {
  const variable = definition.variable.name.value;
  if (!error.message.startsWith(`Variable "$${variable}" `)) return null;
  const argument = argumentPath(definition) ?? variable;
  const reason = error.originalError?.message;
  if (reason === undefined || reason === error.message)
    return { path: argument, message: withoutValues(error.message) };
  const prefix = error.message.slice(0, -`; ${reason}`.length);
  const inside = / at "\w+([\w.[\]]*)"$/.exec(prefix)?.[1] ?? '';
  const missing = /^Field "(\w+)" of required type /.exec(reason)?.[1];
  const place = argument + inside;
  return { path: missing === undefined ? place : `${place}.${missing}`, message: withoutValues(reason) };
}

/** Where the variable stands among the arguments: `input.email` in `signup(input: { email: $address })`. */
function argumentPath({ variable, loc }: VariableDefinitionNode): string | null {
  if (!loc) return null;
  let path: string | null = null;
  visit(parse(loc.source), {
    Variable(node, _key, parent, _path, ancestors) {
      const names = [...ancestors, parent].filter(isNamedPlace).map(({ name }) => name.value);
      if (node.name.value === variable.name.value && names.length > 0) path ??= names.join('.');
    },
  });
  return path;
}

function isNamedPlace(place: unknown): place is ArgumentNode | ObjectFieldNode {
  const { kind } = (place ?? {}) as Partial<ASTNode>;
  return kind === Kind.ARGUMENT || kind === Kind.OBJECT_FIELD;
}
