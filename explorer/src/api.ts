import type { ExecutionResult } from "graphql";

export interface Answer extends ExecutionResult {
  data?: Record<string, unknown> | null;
}

export interface Operation {
  query: string;
  variables?: unknown;
  operationName?: string | null;
}

/** Base64 of UTF-8 (RFC 7617 section 2.1). */
export function basicAuthorization(projectId: string, secret: string): string {
  const bytes = new TextEncoder().encode(`${projectId}:${secret}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/**
 * Sends an operation to the API, which is at the URL of this page.
 * @throws Error with a sentence for the reader if there is no answer in GraphQL's form
 */
export async function send(operation: Operation, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(location.pathname, {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json", ...headers },
    body: JSON.stringify(operation),
    credentials: "omit",
  }).catch(() => {
    throw new Error("The server does not answer. Is it still running?");
  });
  const answer = (await response.json().catch(() => null)) as Answer | null;
  if (answer && (answer.data || answer.errors)) return answer;
  throw new Error(`The server answers with status ${response.status} and no GraphQL result.`);
}

/** The errors of an answer in one text: what happened, and the code that programs look at. */
export function errorText({ errors }: Answer): string | null {
  if (!errors?.length) return null;
  return errors
    .map(({ message, extensions }) => {
      const code = extensions?.["code"];
      return typeof code === "string" ? `${message} (${code})` : message;
    })
    .join("\n");
}
