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
    throw new Error(`The answer has the status ${response.status}`);
  }
  return { response, json: JSON.parse(await readText(response)) };
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

async function readText({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let size = 0; ; ) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done || !value) return text + decoder.decode();
    size += value.length;
    if (size > MAX_BODY_BYTES) {
      await reader?.cancel();
      throw new Error(`The answer is longer than ${MAX_BODY_BYTES} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
