import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import { AuthError, badInput, errorMessage, type FieldError } from '../errors.js';
import { inputError, isInputError } from './input-error.js';
import { namesInSchema } from './names.js';
import { createSafeMessage } from './safe-message.js';

/** Answers that Apollo and graphql-js give to requests before (or instead of) executing them. */
const protocolCodes = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/**
 * The only place where an error becomes something a client sees. Ours keep their code and facts; GraphQL's own keep
 * their code, their place and a message that repeats no value; everything else is an error of the server and says
 * nothing but a request id (put there by `report` in server.ts). Without `suggestions` no message has names of the
 * schema that the caller did not use.
 */
export function createErrorFormatter(schema: GraphQLSchema, { suggestions }: { suggestions: boolean }) {
  const schemaNames = namesInSchema(schema);
  const safe = createSafeMessage(schemaNames, suggestions);
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const place = placeOf(formatted);
    const ours = unwrapResolverError(error);
    if (ours instanceof AuthError) {
      return { message: ours.message, ...place, extensions: { code: ours.code, ...ours.facts } };
    }
    const code = formatted.extensions?.code;
    if (isProtocolCode(code)) {
      const { source } = error instanceof GraphQLError ? error : {};
      return { message: safe(formatted.message, code, source), ...place, extensions: { code } };
    }
    if (!isInputError(error)) return { ...internalError(formatted), ...place };
    const field = inputError(error, schemaNames, safe);
    return { message: field.message, ...place, extensions: { code: 'BAD_USER_INPUT', fields: [field] } };
  };
}

function internalError({ extensions }: GraphQLFormattedError): GraphQLFormattedError {
  const code = 'INTERNAL_SERVER_ERROR';
  const requestId = extensions?.requestId;
  return {
    message: errorMessage(code),
    extensions: { code, ...(typeof requestId === 'string' ? { requestId } : {}) },
  };
}

/**
 * graphql-js reports each wrong variable as an error of its own. Here they become one, so that a client that looks at
 * the first sees all of them. Other errors stay as they are.
 */
export function joinInputErrors(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[] {
  const isOfVariable = ({ path, extensions }: GraphQLFormattedError) => !path && extensions?.code === 'BAD_USER_INPUT';
  if (errors.length < 2 || !errors.every(isOfVariable)) return errors;
  const locations = errors.flatMap((error) => error.locations ?? []);
  const { code, facts, message } = badInput(errors.flatMap(({ extensions }) => extensions?.fields as FieldError[]));
  return [{ message, locations, extensions: { code, ...facts } }];
}

/** Whether clients get to see this only as INTERNAL_SERVER_ERROR. */
export function isInternalError(error: GraphQLError): boolean {
  const known = unwrapResolverError(error) instanceof AuthError || isProtocolCode(error.extensions.code);
  return !known && !isInputError(error);
}

function isProtocolCode(code: unknown): code is string {
  return typeof code === 'string' && protocolCodes.has(code);
}

function placeOf({ locations, path }: GraphQLFormattedError): Pick<GraphQLFormattedError, 'locations' | 'path'> {
  return { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
}
