import {
  ApolloServer,
  type ApolloServerPlugin,
  type GraphQLRequestContextWillSendResponse,
  type GraphQLRequestListener,
  type GraphQLResponse,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import {
  type ASTVisitor,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type ValidationContext,
} from 'graphql';
import { isOutage } from '../errors.js';
import type { RequestContext } from './context.js';
import { createErrorFormatter, isInternalError, joinInputErrors } from './format-error.js';

/** With the charset, so that a client that accepts `application/json; charset=utf-8` is answered too. */
export const defaultMediaType = 'application/json; charset=utf-8';

export interface GraphQLSettings {
  introspection: boolean;
  production: boolean;
}

export interface ErrorLog {
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Parsing and validation are recursive, and in places take more than linear time. This keeps them harmless. */
const maxTokens = 1_000;

/** graphql-js 16 notices only while executing that there are no subscriptions, and reports it as an error of the server. */
function knownOperationTypes(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      if (context.getSchema().getRootType(node.operation)) return;
      context.reportError(new GraphQLError(`This API has no ${node.operation}s.`, { nodes: node }));
    },
  };
}

/** Apollo Server over the schema. It neither listens nor stops by itself: src/http hands it requests. */
export function createGraphQLServer(schema: GraphQLSchema, settings: GraphQLSettings, log: ErrorLog) {
  // "Did you mean …" would tell what introspection is turned off to hide.
  const suggestions = settings.introspection && !settings.production;
  return new ApolloServer<RequestContext>({
    schema,
    introspection: settings.introspection,
    hideSchemaDetailsFromClientErrors: !suggestions,
    includeStacktraceInErrorResponses: false,
    formatError: createErrorFormatter(schema, { suggestions }),
    parseOptions: { maxTokens },
    validationRules: [knownOperationTypes],
    // Mutations come by POST and JSON only, which no foreign page can send unasked, and queries carry no ambient
    // authority: a plain GET needs no special header to be safe (the specification wants it answered).
    csrfPrevention: false,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      // It would watch every field for hints that this schema does not have.
      ApolloServerPluginCacheControlDisabled(),
      answerAndReport(log),
    ],
  });
}

/** One plugin, since each costs every request a little. */
function answerAndReport(log: ErrorLog): ApolloServerPlugin<RequestContext> {
  const hooks: GraphQLRequestListener<RequestContext> = {
    willSendResponse: async (context) => {
      answerAsSpecified(context);
      noteErrors(context);
      sayWhenToRetry(context);
    },
    didEncounterErrors: async ({ errors, contextValue }) => report(errors, contextValue.requestId, log),
  };
  return { requestDidStart: async () => hooks };
}

/**
 * GraphQL over HTTP: as `application/json` every well-formed request is answered 200, since a client could not tell a
 * 400 of ours from one of a proxy; only `application/graphql-response+json` shows errors by status, too.
 */
function answerAsSpecified({ request, response }: GraphQLRequestContextWillSendResponse<RequestContext>): void {
  const accept = request.http?.headers.get('accept') ?? defaultMediaType;
  // The route has chosen it already (graphql.route.ts); Apollo would weigh the header again.
  response.http.headers.set('content-type', accept);
  const rejected = rejectedResult(response);
  if (!rejected) return;
  rejected.errors = joinInputErrors(rejected.errors);
  const { status = 200 } = response.http;
  if (status !== 200 && status !== 400) return;
  const wellFormed =
    request.query !== undefined && !rejected.errors.some(({ extensions }) => extensions?.code === 'BAD_REQUEST');
  const plainJson = !accept.includes('application/graphql-response+json');
  response.http.status = wellFormed && plainJson ? 200 : 400;
}

/** Most answers of GraphQL are a 200, so the log line of a request lists the codes. */
function noteErrors({ response: { body }, contextValue }: GraphQLRequestContextWillSendResponse<RequestContext>): void {
  if (body.kind !== 'single' || !body.singleResult.errors) return;
  const codes = body.singleResult.errors.map(({ extensions }) => String(extensions?.code));
  contextValue.noteErrors([...new Set(codes)]);
}

/** `Retry-After` of an answer with status 200, too: clients and proxies know the header, not our extensions. */
function sayWhenToRetry({ response: { body, http } }: GraphQLRequestContextWillSendResponse<RequestContext>): void {
  if (body.kind !== 'single' || !body.singleResult.errors) return;
  const seconds = body.singleResult.errors.map(({ extensions }) => Number(extensions?.retryAfterSeconds ?? 0));
  const longest = Math.max(...seconds);
  if (longest > 0) http.headers.set('retry-after', String(Math.ceil(longest)));
}

interface RejectedResult {
  errors: readonly GraphQLFormattedError[];
}

/** The answer to a request that was never executed; null of any other. */
function rejectedResult({ body }: GraphQLResponse): RejectedResult | null {
  if (body.kind !== 'single' || body.singleResult.data !== undefined || !body.singleResult.errors) return null;
  return body.singleResult as RejectedResult;
}

/** Logs internal errors and outages with the id of their request, and leaves the id for the formatter to tell the client. */
function report(errors: readonly GraphQLError[], requestId: string, log: ErrorLog): void {
  for (const error of errors) {
    const err = error.originalError ?? error;
    if (isInternalError(error)) {
      error.extensions.requestId = requestId;
      log.error({ requestId, err }, 'internal error');
    } else if (isOutage(err)) {
      log.warn({ requestId, err }, 'service unavailable');
    }
  }
}
