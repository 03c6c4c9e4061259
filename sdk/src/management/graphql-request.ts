import { failureReason } from "../shared/failure-reason.js";
import { parseJsonObject } from "../shared/json-object.js";
import { readText } from "../shared/response-text.js";
import { retryAfterSeconds } from "../shared/retry-after.js";
import { ServerUnreachable } from "./server-unreachable.js";

/** Two hundred clients with the largest metadata are a tenth of it. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** Errors of `fetch` in Node.js for which no request can have been sent. */
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

export interface Transport {
  endpoint: string;
  /** Absent: the global `fetch` at the time of the call. */
  fetch: typeof fetch | undefined;
}

export interface GraphqlRequest {
  authorization: string;
  /** The name of the operation, for errors. */
  operation: string;
  query: string;
  variables: object;
  timeoutSeconds: number;
  signal: AbortSignal | undefined;
}

export interface GraphqlAnswer {
  endpoint: string;
  status: number;
  retryAfterSeconds: number | undefined;
  /** The JSON object of the body; undefined if it is none. */
  body: Record<string, unknown> | undefined;
}

/**
 * Sends a request once, and reads the answer whatever its status is.
 * @throws ServerUnreachable, or the reason of the signal
 */
export async function send(
  transport: Transport,
  { authorization, operation, query, variables, timeoutSeconds, signal }: GraphqlRequest,
  attempt: number,
): Promise<GraphqlAnswer> {
  signal?.throwIfAborted();
  const details = { operation, attempts: attempt, sent: true };
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutSeconds * 1000);
  try {
    const response = await (transport.fetch ?? globalThis.fetch)(transport.endpoint, {
      method: "POST",
      headers: {
        accept: "application/json",
        "content-type": "application/json",
        authorization,
      },
      body: JSON.stringify({ query, variables }),
      // A redirection would take the secret along. Not every runtime has "error".
      redirect: "manual",
      signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal,
    });
    const text = await readText(response, MAX_ANSWER_BYTES);
    if (text === null) {
      const message = "The answer is too long: select less, or ask for smaller pages";
      throw new ServerUnreachable("UNREADABLE_ANSWER", message, details);
    }
    return {
      endpoint: transport.endpoint,
      status: response.status,
      retryAfterSeconds: retryAfterSeconds(response),
      body: parseJsonObject(text),
    };
  } catch (error) {
    if (error instanceof ServerUnreachable) throw error;
    signal?.throwIfAborted();
    if (timeout.signal.aborted) {
      const message = `No answer within ${timeoutSeconds} seconds`;
      throw new ServerUnreachable("TIMEOUT", message, details);
    }
    const reason = failureReason(error);
    const sent = !NEVER_SENT.has(reason);
    const message = `${transport.endpoint} cannot be reached: ${reason}`;
    throw new ServerUnreachable("CONNECTION_FAILED", message, { ...details, sent });
  } finally {
    clearTimeout(timer);
  }
}
