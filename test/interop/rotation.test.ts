import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { createRemoteJWKSet, customFetch, decodeProtectedHeader, jwtVerify } from "jose";
import { FrozenClock } from "../support/frozen-clock.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { type LiveServer, startLiveServer } from "../support/live-server.js";
import {
  type Credentials,
  createClient,
  ROTATE_SECRET,
  START_ROTATION,
} from "../support/operations.js";

const IN_FLIGHT = 16;
const ROTATIONS = 3;
/** Longer than jose keeps a key set by default: every verifier has seen the next key by then. */
const UNTIL_VERIFIERS_KNOW_SECONDS = 901;

describe("rotation while a client goes on asking for tokens", () => {
  let server: LiveServer;
  const clock = new FrozenClock();

  beforeAll(async () => {
    server = await startLiveServer({ clock });
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(async () => {
    await server.stop();
  });

  test("of its secret fails no request", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    const load = new Load(server.issuer, { clientId, clientSecret });
    await load.during(async () => {
      await load.asksAgain(20);
      for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
        const input = { clientId };
        const started = await server.operator.request(START_ROTATION, { input });
        await load.asksAgain(20);
        load.credentials = { clientId, clientSecret: started.startSecretRotation.nextClientSecret };
        await load.hasBeenAnswered();
        await server.operator.request(ROTATE_SECRET, { input });
        await load.asksAgain(20);
      }
    });
    expect(load.refusals).toEqual([]);
    expect(load.tokens.length).toBeGreaterThan(100);
    const withRetiredSecret = new Load(server.issuer, { clientId, clientSecret });
    await withRetiredSecret.during(async () => {});
    expect(withRetiredSecret.tokens).toEqual([]);
  });

  test("of the signing key leaves no verifier with a token that it cannot verify", async () => {
    const verifier = new Verifier(server.issuer, clock);
    const load = new Load(server.issuer, await createClient(server.operator), (token) =>
      verifier.verify(token),
    );
    await load.during(async () => {
      await load.asksAgain(20);
      for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
        clock.advance(UNTIL_VERIFIERS_KNOW_SECONDS);
        await load.hasBeenAnswered();
        await load.hasBeenAnswered();
        const fetches = verifier.fetches;
        await server.operator.request(ROTATE_SIGNING_KEY);
        await load.asksAgain(30);
        expect(verifier.fetches).toBe(fetches);
      }
    });
    // the first ones are half an hour old now, and good for an hour
    for (const token of load.tokens) await verifier.verify(token);
    expect(load.refusals).toEqual([]);
    expect(verifier.failures).toEqual([]);
    expect(load.tokens.length).toBeGreaterThan(100);
    const kids = new Set(load.tokens.map((token) => decodeProtectedHeader(token).kid));
    expect(kids.size).toBe(ROTATIONS + 1);
    expect(verifier.fetches).toBeLessThanOrEqual(ROTATIONS + 1);
  });
});

const ROTATE_SIGNING_KEY = `mutation { rotateSigningKey(input: {}) { signingKey { kid } } }`;

/** Callers that ask for a token again as soon as they have used the last one. */
class Load {
  readonly tokens: string[] = [];
  /** Status of each answer that was no token. */
  readonly refusals: number[] = [];
  readonly #current: Promise<void>[] = [];
  #goesOn = true;

  constructor(
    private readonly issuer: string,
    public credentials: Credentials,
    private readonly use: (token: string) => Promise<void> = async () => {},
  ) {}

  async during(work: () => Promise<void>): Promise<void> {
    const callers = Array.from({ length: IN_FLIGHT }, (_, caller) => this.#keepAsking(caller));
    try {
      await work();
    } finally {
      this.#goesOn = false;
      await Promise.all(callers);
    }
  }

  /** Until so many more have been answered. */
  async asksAgain(times: number): Promise<void> {
    const answered = () => this.tokens.length + this.refusals.length;
    const enough = answered() + times;
    while (answered() < enough) await Promise.race(this.#current);
  }

  /** What is in flight now is over. */
  async hasBeenAnswered(): Promise<void> {
    await Promise.all([...this.#current]);
  }

  async #keepAsking(caller: number): Promise<void> {
    do {
      this.#current[caller] = this.#ask();
      await this.#current[caller];
    } while (this.#goesOn);
  }

  async #ask(): Promise<void> {
    const { clientId, clientSecret } = this.credentials;
    const response = await fetch(`${this.issuer}/oauth/token`, {
      method: "POST",
      headers: { authorization: basicAuthorization(clientId, clientSecret) },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    const { access_token: token } = (await response.json()) as { access_token?: string };
    if (!token) {
      this.refusals.push(response.status);
      return;
    }
    this.tokens.push(token);
    await this.use(token);
  }
}

/** A resource server with jose's defaults, at whose place it is as late as at ours. */
class Verifier {
  readonly failures: unknown[] = [];
  /** How often it has asked for the keys. */
  fetches = 0;
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(
    private readonly issuer: string,
    private readonly clock: FrozenClock,
  ) {
    // what jose tells the age of its copy by
    jest.spyOn(Date, "now").mockImplementation(() => clock.now().getTime());
    this.#keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), {
      [customFetch]: async (url, options) => {
        this.fetches += 1;
        return fetch(url, options as RequestInit);
      },
    });
  }

  async verify(token: string): Promise<void> {
    const { issuer, clock } = this;
    await jwtVerify(token, this.#keys, { issuer, currentDate: clock.now() }).catch(
      (error: unknown) => this.failures.push(error),
    );
  }
}
