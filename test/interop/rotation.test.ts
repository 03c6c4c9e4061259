import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { createRemoteJWKSet, customFetch, decodeProtectedHeader, jwtVerify } from "jose";
import { FrozenClock } from "../support/frozen-clock.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { type LiveServer, startLiveServer } from "../support/live-server.js";
import {
  COMPLETE_ROTATION,
  type Credentials,
  createClient,
  REVOKE_PREVIOUS,
  ROTATE_SECRET,
  START_ROTATION,
} from "../support/operations.js";

const IN_FLIGHT = 16;
const ROTATIONS = 3;
/** Longer than jose caches a key set by default, so every verifier has fetched the next key by then. */
const KEY_SET_CACHE_SECONDS = 901;

describe("while a client continuously requests tokens", () => {
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

  const secretRotations: Record<string, (load: Load, clientId: string) => Promise<void>> = {
    "in stages": async (load, clientId) => {
      const input = { clientId };
      const started = await server.operator.request(START_ROTATION, { input });
      await load.waitForResponses(20);
      load.credentials = { clientId, clientSecret: started.startSecretRotation.nextClientSecret };
      await load.waitForPending();
      await server.operator.request(COMPLETE_ROTATION, { input });
    },
    "with an overlap that ends by itself": async (load, clientId) => {
      const input = { clientId, overlapSeconds: 60 };
      const { rotateSecret } = await server.operator.request(ROTATE_SECRET, { input });
      await load.waitForResponses(20);
      await server.operator.failure(ROTATE_SECRET, { input });
      load.credentials = { clientId, clientSecret: rotateSecret.clientSecret };
      await load.waitForPending();
      clock.advance(60);
    },
    "with an overlap that is revoked": async (load, clientId) => {
      const { rotateSecret } = await server.operator.request(ROTATE_SECRET, {
        input: { clientId },
      });
      await load.waitForResponses(20);
      load.credentials = { clientId, clientSecret: rotateSecret.clientSecret };
      await load.waitForPending();
      await server.operator.request(REVOKE_PREVIOUS, { input: { clientId } });
    },
  };

  test.each(Object.keys(secretRotations))(
    "rotating its secret %s fails no request",
    async (how) => {
      const { clientId, clientSecret } = await createClient(server.operator);
      const load = new Load(server.issuer, { clientId, clientSecret });
      await load.during(async () => {
        await load.waitForResponses(20);
        for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
          await secretRotations[how]?.(load, clientId);
          await load.waitForResponses(20);
        }
      });
      expect(load.refusals).toEqual([]);
      expect(load.tokens.length).toBeGreaterThan(100);
      const withRetiredSecret = new Load(server.issuer, { clientId, clientSecret });
      await withRetiredSecret.during(async () => {});
      expect(withRetiredSecret.tokens).toEqual([]);
    },
  );

  test("rotating the signing key leaves every token verifiable", async () => {
    const verifier = new Verifier(server.issuer, clock);
    const load = new Load(server.issuer, await createClient(server.operator), (token) =>
      verifier.verify(token),
    );
    await load.during(async () => {
      await load.waitForResponses(20);
      for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
        clock.advance(KEY_SET_CACHE_SECONDS);
        await load.waitForPending();
        await load.waitForPending();
        const fetches = verifier.fetches;
        await server.operator.request(ROTATE_SIGNING_KEY);
        await load.waitForResponses(30);
        expect(verifier.fetches).toBe(fetches);
      }
    });
    // The first tokens are more than half an hour old now and live for an hour.
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

/** Concurrent callers, each of which requests a token, uses it and requests the next one. */
class Load {
  readonly tokens: string[] = [];
  /** Statuses of responses without a token. */
  readonly refusals: number[] = [];
  readonly #current: Promise<void>[] = [];
  #isRunning = true;

  constructor(
    private readonly issuer: string,
    public credentials: Credentials,
    private readonly use: (token: string) => Promise<void> = async () => {},
  ) {}

  async during(work: () => Promise<void>): Promise<void> {
    const callers = Array.from({ length: IN_FLIGHT }, (_, caller) =>
      this.#requestRepeatedly(caller),
    );
    try {
      await work();
    } finally {
      this.#isRunning = false;
      await Promise.all(callers);
    }
  }

  /** Waits until so many more responses have arrived. */
  async waitForResponses(count: number): Promise<void> {
    const received = () => this.tokens.length + this.refusals.length;
    const target = received() + count;
    while (received() < target) await Promise.race(this.#current);
  }

  /** Waits for the responses to all requests that are in flight now. */
  async waitForPending(): Promise<void> {
    await Promise.all([...this.#current]);
  }

  async #requestRepeatedly(caller: number): Promise<void> {
    do {
      this.#current[caller] = this.#requestToken();
      await this.#current[caller];
    } while (this.#isRunning);
  }

  async #requestToken(): Promise<void> {
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

/** A resource server that uses jose's defaults and the server's frozen clock. */
class Verifier {
  readonly failures: unknown[] = [];
  /** Number of fetches of the key set. */
  fetches = 0;
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(
    private readonly issuer: string,
    private readonly clock: FrozenClock,
  ) {
    // jose computes the age of its cached key set from Date.now.
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
