import type { TadaDocumentNode } from "gql.tada";
import { print } from "graphql";
import { type Answer, CountersignError, type GraphqlError } from "../answer.js";

/** Apollo Client and urql take the same documents; `fetch` needs them as text. */
export function executor(url: string, authorization: string) {
  return async <Data, Variables>(
    document: TadaDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Answer<Data>> => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization },
      body: JSON.stringify({ query: print(document), variables }),
    });
    // A proxy may answer with a page of its own.
    if (!response.headers.get("content-type")?.includes("json")) {
      throw new Error(`${response.url} answers with status ${response.status} and no JSON`);
    }
    // Answers with status 400, 429 and 503 have this body too, with the code of the error.
    const { data = null, errors = [] } = (await response.json()) as {
      data?: Data | null;
      errors?: GraphqlError[];
    };
    return { data, errors: errors.map((error) => new CountersignError(error)) };
  };
}
