import { type Answer, CountersignError, type GraphqlError } from "../answer.js";
import type { TypedDocumentString } from "./generated/graphql.js";

/** Documents are strings, so `fetch` is all it takes. */
export function executor(url: string, authorization: string) {
  return async <Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
  ): Promise<Answer<Data>> => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization },
      body: JSON.stringify({ query: document.toString(), variables }),
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
