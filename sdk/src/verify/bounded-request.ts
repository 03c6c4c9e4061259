import { readText } from "../shared/response-text.js";

/** Long enough for a key set of a hundred RSA keys of 4096 bits. */
const MAX_BODY_BYTES = 256 * 1024;
const TIMEOUT_SECONDS = 5;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Sends a request that follows no redirect and ends within five seconds, its body included.
 * @returns the answer, and the JSON of its body; `undefined` for a 304
 * @throws an Error for every status but 200 and 304, a longer body, or one that is not JSON
 */
export async function fetchJson(
  fetch: Fetch | undefined,
  url: string,
  init: RequestInit,
): Promise<{ response: Response; json: unknown }> {
  const response = await (fetch ?? globalThis.fetch)(url, {
    ...init,
    // Not every runtime has "error".
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1000),
  });
  if (response.status === 304) return { response, json: undefined };
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url} answers with status ${response.status}`);
  }
  const text = await readText(response, MAX_BODY_BYTES);
  if (text === null) throw new Error(`The answer is longer than ${MAX_BODY_BYTES} bytes`);
  return { response, json: JSON.parse(text) };
}

/**
 * Waits for what another request has begun: runtimes at the edge may drop that when the other one ends, without a word.
 * @throws an Error after the time that a request may take
 */
export async function withinTimeout<T>(result: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const error = new Error("The request has been given up");
    timer = setTimeout(() => reject(error), (TIMEOUT_SECONDS + 1) * 1000);
  });
  return Promise.race([result, timeout]).finally(() => clearTimeout(timer));
}
