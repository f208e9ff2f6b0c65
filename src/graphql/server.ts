import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import type { GraphQLSchema } from 'graphql';
import { AuthError } from '../errors.js';
import type { RequestContext } from './context.js';
import { formatError, isFault } from './format-error.js';

export interface GraphQLSettings {
  introspection: boolean;
  production: boolean;
}

export interface FaultLog {
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/**
 * No limit of its own kind, but what keeps parsing and validating harmless, which happen before anything could refuse:
 * both are superlinear in places, and recursive.
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
    plugins: [ApolloServerPluginLandingPageDisabled(), answerAsSpecified, markFaults(log)],
  });
}

/**
 * GraphQL over HTTP: as `application/json` every well-formed request is answered 200, since a client could not tell a
 * 400 of ours from one of a proxy; only `application/graphql-response+json` tells errors by status too.
 */
const answerAsSpecified: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ request, response }) {
        const wellFormed =
          response.body.kind !== 'single' || !hasCode(response.body.singleResult.errors, 'BAD_REQUEST');
        const plainJson = !request.http?.headers.get('accept')?.includes('application/graphql-response+json');
        if (response.http.status === 400 && wellFormed && plainJson) response.http.status = 200;
      },
    };
  },
};

function hasCode(errors: readonly { extensions?: { code?: unknown } }[] | undefined, code: string): boolean {
  return errors?.some((error) => error.extensions?.code === code) ?? false;
}

/** Logs faults and outages with the id of their request, and leaves that of a fault for `formatError` to tell the client. */
function markFaults(log: FaultLog): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue }) {
          const { requestId } = contextValue;
          for (const error of errors) {
            const err = error.originalError ?? error;
            if (isFault(error)) {
              error.extensions.requestId = requestId;
              log.error({ requestId, err }, 'internal error');
            } else if (err instanceof AuthError && err.code === 'SERVICE_UNAVAILABLE') {
              log.warn({ requestId, err }, 'service unavailable');
            }
          }
        },
      };
    },
  };
}
