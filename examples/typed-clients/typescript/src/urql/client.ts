import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { type AnyVariables, Client, fetchExchange, type OperationResult } from "@urql/core";
import { type Answer, CountersignError } from "../answer.js";

export function urqlClient(url: string, authorization: string) {
  const client = new Client({
    url: `${url}/graphql`,
    // No cacheExchange: secrets and tokens do not belong in a cache.
    exchanges: [fetchExchange],
    // By default short queries go by GET, which the server refuses, since URLs are logged.
    preferGetMethod: false,
    fetchOptions: { headers: { authorization } },
  });
  return {
    query: async <Data, Variables extends AnyVariables>(
      query: TypedDocumentNode<Data, Variables>,
      variables: Variables,
    ): Promise<Answer<Data>> => answerOf(await client.query(query, variables)),
    mutate: async <Data, Variables extends AnyVariables>(
      mutation: TypedDocumentNode<Data, Variables>,
      variables: Variables,
    ): Promise<Answer<Data>> => answerOf(await client.mutation(mutation, variables)),
  };
}

/** `data` is there beside `error` where only some fields have failed. */
function answerOf<Data, Variables extends AnyVariables>({
  data,
  error,
}: OperationResult<Data, Variables>): Answer<Data> {
  // There was no answer of GraphQL. `error.response` has its status, if there was any.
  if (error?.networkError) throw error;
  const errors = error?.graphQLErrors ?? [];
  return { data: data ?? null, errors: errors.map((each) => new CountersignError(each)) };
}
