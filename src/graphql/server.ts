import {
  ApolloServer,
  type ApolloServerPlugin,
  type GraphQLRequestContextWillSendResponse,
  type GraphQLRequestListener,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLError, GraphQLSchema } from 'graphql';
import { AuthError } from '../errors.js';
import type { RequestContext } from './context.js';
import { formatError, isFault } from './format-error.js';

/** With the charset, so that who asks for `application/json; charset=utf-8` is answered too. */
export const defaultMediaType = 'application/json; charset=utf-8';

export interface GraphQLSettings {
  introspection: boolean;
  production: boolean;
}

export interface FaultLog {
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/**
 * Parsing and validating run before anything could refuse, are recursive, and take more than linear time in places; this
 * keeps them harmless.
 */
const maxTokens = 1_000;

/** Apollo Server over the schema. It neither listens nor stops by itself: src/http hands it requests. */
export function createGraphQLServer(schema: GraphQLSchema, settings: GraphQLSettings, log: FaultLog) {
  // "Did you mean …" would tell what introspection is turned off to hide.
  const suggestions = settings.introspection && !settings.production;
  return new ApolloServer<RequestContext>({
    schema,
    introspection: settings.introspection,
    hideSchemaDetailsFromClientErrors: !suggestions,
    includeStacktraceInErrorResponses: false,
    formatError: (formatted, error) => formatError(formatted, error, { suggestions }),
    parseOptions: { maxTokens },
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
function answerAndReport(log: FaultLog): ApolloServerPlugin<RequestContext> {
  const hooks: GraphQLRequestListener<RequestContext> = {
    willSendResponse: async (context) => answerAsSpecified(context),
    didEncounterErrors: async ({ errors, contextValue }) => report(errors, contextValue.requestId, log),
  };
  return { requestDidStart: async () => hooks };
}

/**
 * GraphQL over HTTP: as `application/json` every well-formed request is answered 200, since a client could not tell a
 * 400 of ours from one of a proxy; only `application/graphql-response+json` tells errors by status too.
 */
function answerAsSpecified({ request, response }: GraphQLRequestContextWillSendResponse<RequestContext>): void {
  const accept = request.http?.headers.get('accept') ?? defaultMediaType;
  // The route has chosen it already (graphql.route.ts); Apollo would weigh the header again.
  response.http.headers.set('content-type', accept);
  if (response.http.status !== 400) return;
  const wellFormed = response.body.kind !== 'single' || !hasCode(response.body.singleResult.errors, 'BAD_REQUEST');
  const plainJson = !accept.includes('application/graphql-response+json');
  if (wellFormed && plainJson) response.http.status = 200;
}

function hasCode(errors: readonly { extensions?: { code?: unknown } }[] | undefined, code: string): boolean {
  return errors?.some((error) => error.extensions?.code === code) ?? false;
}

/** Logs faults and outages with the id of their request, and leaves that of a fault for `formatError` to tell the client. */
function report(errors: readonly GraphQLError[], requestId: string, log: FaultLog): void {
  for (const error of errors) {
    const err = error.originalError ?? error;
    if (isFault(error)) {
      error.extensions.requestId = requestId;
      log.error({ requestId, err }, 'internal error');
    } else if (err instanceof AuthError && err.code === 'SERVICE_UNAVAILABLE') {
      log.warn({ requestId, err }, 'service unavailable');
    }
  }
}
