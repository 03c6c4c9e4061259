import { setTimeout as sleep } from "node:timers/promises";
import { basicAuthorization, type GraphqlAnswer } from "./graphql-client.js";
import { CREATE_CLIENT, type Credentials, ISSUE_TOKEN } from "./operations.js";
import type { ServerProcess } from "./server-process.js";

export const WORKERS_OF_EACH_KIND = 4;
const PAUSE_MS = 10;

const MESSAGE = "The database is unavailable, try again later";

/** One kind of request, which is sent repeatedly. */
export class RequestKind {
  /** Time of the latest successful response. */
  goodAt = 0;
  good = 0;
  unavailable = 0;

  constructor(
    readonly name: string,
    /** Resolves to true after a success and to false after a correct 503. Rejects for any other response. */
    readonly send: () => Promise<boolean>,
  ) {}

  async sendOnce(): Promise<void> {
    if (await this.send()) {
      this.good++;
      this.goodAt = performance.now();
    } else this.unavailable++;
  }
}

/** Creates clients and requests tokens in two ways, continuously, until it is stopped. */
export class ContinuousLoad {
  /** Ids of the clients whose creation was acknowledged. */
  readonly created: string[] = [];
  /** Responses that are neither a success nor a correct 503. */
  readonly unexpected: string[] = [];
  readonly kinds: readonly RequestKind[];
  #stopping = false;
  readonly #workers: Promise<void>[];

  constructor({ url, operator, anonymous }: ServerProcess, client: Credentials) {
    const { clientId, clientSecret } = client;
    this.kinds = [
      new RequestKind("createClient", async () => {
        const answer = await operator.send(CREATE_CLIENT, { input: { scopes: [] } });
        const created = answer.data?.createClient?.client.clientId;
        if (created) this.created.push(created);
        return isGoodGraphql(answer);
      }),
      new RequestKind("issueToken", async () =>
        isGoodGraphql(await anonymous.send(ISSUE_TOKEN, { input: { clientId, clientSecret } })),
      ),
      new RequestKind("/oauth/token", async () => {
        const response = await fetch(`${url}/oauth/token`, {
          method: "POST",
          headers: { authorization: basicAuthorization(clientId, clientSecret) },
          body: new URLSearchParams({ grant_type: "client_credentials" }),
        });
        return isGoodOauth(response);
      }),
    ];
    this.#workers = this.kinds.flatMap((kind) =>
      Array.from({ length: WORKERS_OF_EACH_KIND }, () => this.#repeat(kind)),
    );
  }

  /** Waits until each kind of request has succeeded after `since`. */
  async waitForRecovery(since: number): Promise<void> {
    await this.#until(({ goodAt }) => goodAt > since);
  }

  /** Waits until each kind of request has been refused so many more times. */
  async refused(times: number): Promise<void> {
    const before = new Map(this.kinds.map((kind) => [kind, kind.unavailable]));
    await this.#until((kind) => kind.unavailable >= (before.get(kind) ?? 0) + times);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#workers);
  }

  async #until(isSo: (kind: RequestKind) => boolean): Promise<void> {
    while (!this.kinds.every(isSo)) await sleep(PAUSE_MS);
  }

  async #repeat(kind: RequestKind): Promise<void> {
    while (!this.#stopping) {
      await kind.sendOnce().catch((error: Error) => {
        this.unexpected.push(`${kind.name}: ${error.message} ${error.cause ?? ""}`);
      });
      await sleep(PAUSE_MS);
    }
  }
}

function isGoodGraphql({ status, headers, errors, body }: GraphqlAnswer): boolean {
  if (status === 200 && errors.length === 0) return true;
  const [error] = errors;
  const extensions = JSON.stringify(error?.extensions);
  const isRight =
    status === 503 &&
    headers.get("retry-after") === "1" &&
    errors.length === 1 &&
    error?.message === MESSAGE &&
    extensions === JSON.stringify({ retryAfterSeconds: 1, code: "SERVICE_UNAVAILABLE" });
  if (!isRight) throw new Error(`${status} ${body}`);
  return false;
}

export async function isGoodOauth(response: Response): Promise<boolean> {
  if (response.status === 200) return "access_token" in ((await response.json()) as object);
  const body = await response.text();
  const isRight =
    response.status === 503 &&
    response.headers.get("retry-after") === "1" &&
    body === JSON.stringify({ error: "temporarily_unavailable", error_description: MESSAGE });
  if (!isRight) throw new Error(`${response.status} ${body}`);
  return false;
}
