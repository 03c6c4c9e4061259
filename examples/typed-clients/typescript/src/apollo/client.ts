import { ApolloClient, HttpLink, InMemoryCache, type OperationVariables } from "@apollo/client";
import { CombinedGraphQLErrors, ServerError } from "@apollo/client/errors";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { type Answer, CountersignError, type GraphqlError } from "../answer.js";

/**
 * `errorPolicy: "all"` hands out what is there beside a field that is refused; the default throws it away.
 * `no-cache` keeps secrets and tokens out of the cache; a page that only reads clients may cache them.
 */
const OPTIONS = { errorPolicy: "all", fetchPolicy: "no-cache" } as const;

export function apolloClient(url: string, authorization: string) {
  const client = new ApolloClient({
    link: new HttpLink({ uri: `${url}/graphql`, headers: { authorization } }),
    cache: new InMemoryCache(),
  });
  return {
    query: async <Data, Variables extends OperationVariables>(
      query: TypedDocumentNode<Data, Variables>,
      variables: Variables,
    ): Promise<Answer<Data>> =>
      answerOf(await client.query<Data>({ query, variables, ...OPTIONS })),
    mutate: async <Data, Variables extends OperationVariables>(
      mutation: TypedDocumentNode<Data, Variables>,
      variables: Variables,
    ): Promise<Answer<Data>> =>
      answerOf(await client.mutate<Data>({ mutation, variables, ...OPTIONS })),
  };
}

interface ApolloResult {
  data?: unknown;
  error?: unknown;
}

function answerOf<Data>({ data, error }: ApolloResult): Answer<Data> {
  const errors = graphqlErrors(error).map((each) => new CountersignError(each));
  return { data: (data ?? null) as Data | null, errors };
}

function graphqlErrors(error: unknown): readonly GraphqlError[] {
  if (!error) return [];
  if (CombinedGraphQLErrors.is(error)) return error.errors;
  // What the server refuses before it reads the operation, such as a body that is too large, is plain JSON.
  if (ServerError.is(error) && isJson(error.response)) {
    return (JSON.parse(error.bodyText) as { errors: GraphqlError[] }).errors;
  }
  throw error;
}

const isJson = ({ headers }: Response) => headers.get("content-type")?.includes("json") ?? false;
