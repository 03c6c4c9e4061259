import { failureReason } from "../shared/failure-reason.js";
import { parseJsonObject } from "../shared/json-object.js";
import { readText } from "../shared/response-text.js";

/** Long enough for a key set of a hundred RSA keys of 4096 bits. */
const MAX_BODY_BYTES = 256 * 1024;
const TIMEOUT_SECONDS = 5;
/** After this time a request has an answer, or never gets one. */
export const MAX_REQUEST_SECONDS = TIMEOUT_SECONDS + 1;

/** A request that has brought no usable answer. */
export class RequestFailed extends Error {
  /** @param status of an answer other than 200 and 304 */
  constructor(
    message: string,
    readonly status?: number,
  ) {
    super(message);
  }
}

/** As the global `fetch`, which is one. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Sends a request that follows no redirect and ends within five seconds, its body included.
 * @returns the answer, and the JSON of its body; `undefined` for a 304
 * @throws RequestFailed for every status but 200 and 304, a longer body, or one that is no JSON object
 */
export async function fetchJson(
  fetch: Fetch | undefined,
  url: string,
  init: RequestInit,
): Promise<{ response: Response; json: unknown }> {
  let status: number | undefined;
  try {
    const response = await (fetch ?? globalThis.fetch)(url, {
      ...init,
      // Not every runtime has "error".
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1000),
    });
    if (response.status === 304) return { response, json: undefined };
    if (response.status !== 200) {
      status = response.status;
      await response.body?.cancel();
      throw new Error(`The answer has the status ${status}`);
    }
    const text = await readText(response, MAX_BODY_BYTES);
    if (text === null) throw new Error(`The answer is longer than ${MAX_BODY_BYTES} bytes`);
    const json = parseJsonObject(text);
    if (!json) throw new Error("The answer is no JSON object");
    return { response, json };
  } catch (error) {
    throw new RequestFailed(`${url}: ${failureReason(error)}`, status);
  }
}
