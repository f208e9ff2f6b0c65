import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { AuthError, badInput, errorMessage, type FieldFault } from '../errors.js';
import { coercionFault, withoutValues } from './message-without-values.js';

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
 * their code, their place and as much of their message as repeats no value that was sent; everything else is a fault of
 * the server and says nothing but a request id (put there by `report` in server.ts). Without `suggestions` no message tells
 * names of the schema that the caller did not use.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  { suggestions }: { suggestions: boolean },
): GraphQLFormattedError {
  const place = placeOf(formatted);
  const ours = unwrapResolverError(error);
  if (ours instanceof AuthError)
    return { message: ours.message, ...place, extensions: { code: ours.code, ...ours.facts } };

  const fault = inputFault(error);
  if (fault) {
    // Apollo hides the suggestions of the validation alone, not those of a variable's coercion.
    const message = suggestions ? fault.message : fault.message.replace(/ Did you mean [^?]*\?$/, '');
    return { message, ...place, extensions: { code: 'BAD_USER_INPUT', fields: [{ path: fault.path, message }] } };
  }

  const code = formatted.extensions?.code;
  if (isProtocolCode(code)) return { message: withoutValues(formatted.message), ...place, extensions: { code } };
  const requestId = formatted.extensions?.requestId;
  const extensions = { code: 'INTERNAL_SERVER_ERROR', ...(typeof requestId === 'string' ? { requestId } : {}) };
  return { message: errorMessage('INTERNAL_SERVER_ERROR'), ...place, extensions };
}

/**
 * Faults of variables, which graphql-js finds before it executes anything, are as many errors to it: here they become one,
 * so that whoever looks at the first sees every fault. Other errors stay as they are.
 */
export function inputFaultsTogether(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[] {
  const isOfVariable = ({ path, extensions }: GraphQLFormattedError) => !path && extensions?.code === 'BAD_USER_INPUT';
  if (errors.length < 2 || !errors.every(isOfVariable)) return errors;
  const locations = errors.flatMap((error) => error.locations ?? []);
  const { code, facts, message } = badInput(errors.flatMap(({ extensions }) => extensions?.fields as FieldFault[]));
  return [{ message, locations, extensions: { code, ...facts } }];
}

/** Whether clients get to see this only as INTERNAL_SERVER_ERROR. */
export function isFault(error: GraphQLError): boolean {
  if (unwrapResolverError(error) instanceof AuthError || inputFault(error)) return false;
  return !isProtocolCode(error.extensions.code);
}

/** An argument or variable that graphql-js could not take for what it should be; the value stays out of the message. */
function inputFault(error: unknown): FieldFault | null {
  // What is wrong with the document points at its variables too: at one that nothing uses, for example.
  if (!(error instanceof GraphQLError) || isProtocolCode(error.extensions.code)) return null;
  return coercionFault(error);
}

function isProtocolCode(code: unknown): boolean {
  return typeof code === 'string' && protocolCodes.has(code);
}

function placeOf({ locations, path }: GraphQLFormattedError): Pick<GraphQLFormattedError, 'locations' | 'path'> {
  return { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
}
