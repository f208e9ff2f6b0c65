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
import type { FieldError } from '../errors.js';
import type { SafeMessage } from './safe-message.js';

const values: ReadonlySet<string> = new Set([
  Kind.VARIABLE,
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
]);

/** execution/values.ts of graphql-js stops at fifty errors of variables, with one more that is of no variable. */
const tooMany = 'Too many errors processing variables';

/**
 * Whether graphql-js could not take a variable or an argument for what it should be. Errors of the document point at
 * variables and values too, but have a code of Apollo's: the caller sorts those out.
 */
export function isInputError(error: unknown): error is GraphQLError {
  if (!(error instanceof GraphQLError)) return false;
  if (error.message.startsWith(tooMany)) return true;
  const kind = error.nodes?.[0]?.kind;
  return kind === Kind.VARIABLE_DEFINITION || (kind !== undefined && values.has(kind));
}

/** What is wrong with it, by the path of the argument: `input.email`. */
export function inputError(error: GraphQLError, schemaNames: ReadonlySet<string>, safe: SafeMessage): FieldError {
  if (error.message.startsWith(tooMany)) return { path: 'variables', message: 'There are more errors than these.' };
  const node = error.nodes?.[0];
  if (node?.kind === Kind.VARIABLE_DEFINITION) return variableError(error, node, schemaNames, safe);
  const argument = /^Argument "(\w+)"/.exec(error.message)?.[1] ?? '';
  const path = schemaNames.has(argument) ? argument : 'arguments';
  return { path, message: safe(error.message, 'BAD_USER_INPUT', error.source) };
}

/** `Variable "$input" got invalid value {…} at "input.email"; <reason>`: the reason is an error of its own. */
function variableError(
  error: GraphQLError,
  definition: VariableDefinitionNode,
  schemaNames: ReadonlySet<string>,
  safe: SafeMessage,
): FieldError {
  const argument = argumentPath(definition) ?? definition.variable.name.value;
  const reason = error.originalError?.message ?? error.message;
  const prefix = error.message.slice(0, -`; ${reason}`.length);
  const inside = / at "\w+([\w.[\]]*)"$/.exec(prefix)?.[1] ?? '';
  const missing = /^Field "(\w+)" of required type /.exec(reason)?.[1];
  const path = missing === undefined ? inside : `${inside}.${missing}`;
  const message = safe(reason, 'BAD_USER_INPUT', error.source);
  return { path: hasOnly(schemaNames, path) ? argument + path : argument, message };
}

/** `.input.email`, `[0].right[1]`: all of it must be names of the schema, since a value could look like the end of a path. */
function hasOnly(schemaNames: ReadonlySet<string>, path: string): boolean {
  const names = path.replace(/\[\d+\]/g, '').split('.');
  return names.every((name) => name === '' || schemaNames.has(name));
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
