import {
  createTokenSource,
  type TokenSource,
  type TokenSourceOptions,
} from "@countersign/sdk/client";
import { jest } from "@jest/globals";

export interface TokenRequestSeen {
  url: string;
  form: Record<string, string>;
  headers: Headers;
  /** Date.now() when it came */
  at: number;
}

type Script = (request: TokenRequestSeen, number: number) => Response | Promise<Response>;

/** A token endpoint in this process, which answers as its script says. */
export class ScriptedEndpoint {
  readonly requests: TokenRequestSeen[] = [];

  constructor(public script: Script = (_, number) => tokenAnswer(`token-${number}`)) {}

  readonly fetch = async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const request = {
      url: String(input),
      form: Object.fromEntries(init.body as URLSearchParams) as Record<string, string>,
      headers: new Headers(init.headers),
      at: Date.now(),
    };
    const number = this.requests.push(request);
    const aborted = new Promise<never>((_, reject) => {
      init.signal?.addEventListener("abort", () => reject(init.signal?.reason));
    });
    return Promise.race([this.script(request, number), aborted]);
  };

  /** A token source of this endpoint alone. */
  source(options: Partial<TokenSourceOptions> = {}): TokenSource {
    return createTokenSource({
      issuer: "https://auth.example.test/projects/p",
      clientId: "client",
      clientSecret: "secret",
      fetch: this.fetch,
      ...options,
    });
  }
}

export function tokenAnswer(accessToken: string, members: object = {}): Response {
  const body = { access_token: accessToken, token_type: "Bearer", expires_in: 3600, scope: "a b" };
  return Response.json({ ...body, ...members });
}

export function errorAnswer(
  status: number,
  error: string,
  headers: Record<string, string> = {},
): Response {
  const body = { error, error_description: `The sentence of ${error}` };
  return Response.json(body, { status, headers });
}

/** The clocks and timers stand still until a test advances them; promises go on. */
export function freezeTime(): void {
  jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask", "setImmediate"] });
}

/** Lets the clocks run until the work is done. */
export async function whileTimePasses<T>(work: Promise<T>, stepMs = 100): Promise<T> {
  let isDone = false;
  const mark = () => {
    isDone = true;
  };
  work.then(mark, mark);
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!isDone) await jest.advanceTimersByTimeAsync(stepMs);
  }
  return work;
}

/** Lets all that needs no time happen. */
export async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
