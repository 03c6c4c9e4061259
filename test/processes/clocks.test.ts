import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  ASSERTION_TYPE,
  assertion,
  type ClientKey,
  clientKey,
  dpopProof,
  epoch,
  GRANT,
  issueAccessToken,
  post,
  requestToken,
  tokenPath,
} from "../oauth/oauth-operations.js";
import {
  authenticate,
  authenticateFailure,
  createSessionMember,
  REVOKE_SESSION,
} from "../sessions/session-operations.js";
import { type Elsewhere, elsewhere, type OtherServer } from "../support/elsewhere.js";
import { sweepExpired } from "../support/housekeeping.js";
import {
  type Credentials,
  createClient,
  DELETE_CLIENT,
  importClient,
  issueToken,
  ROTATE_SECRET,
  tokenFailure,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const REVOKE_ALL = `mutation ($input: RevokeClientTokensInput!) {
  revokeClientTokens(input: $input) { client { clientId } }
}`;
const REVOKE_TOKEN = "mutation ($input: RevokeTokenInput!) { revokeToken(input: $input) { jti } }";

type Server = TestServer | OtherServer;

async function isValid(server: Server, accessToken: string): Promise<boolean> {
  const { errors } = await server.operator.send(VERIFY_TOKEN, { input: { accessToken } });
  return errors.length === 0;
}

const tokenOf = async (server: Server, client: Credentials) =>
  (await issueToken(server.anonymous, client)).accessToken;

const gets = async (server: Server, client: Credentials) =>
  (await requestToken(server, client)).status;

/** The clocks of two processes that are 2 s late and 2 s early differ by four seconds. */
describe.each([-4, 4])("with the clock of another process %d s ahead,", (difference) => {
  let here: TestServer;
  let there: Elsewhere;

  beforeAll(async () => {
    here = await startTestServer();
    there = await elsewhere(here, here.clock.ahead(difference));
  });

  afterAll(async () => {
    await there.stop();
    await here.stop();
  });

  /** Whether tokens are valid, first here and then there. */
  const valid = async (...tokens: string[]) => {
    const check = (server: Server) => Promise.all(tokens.map((token) => isValid(server, token)));
    return [...(await check(here)), ...(await there.run(check))];
  };
  const all = (tokens: string[], isAccepted: boolean) =>
    Array.from({ length: 2 * tokens.length }, () => isAccepted);
  const everywhere = async <T>(work: (server: Server) => Promise<T>): Promise<T[]> => [
    await work(here),
    await there.run(work),
  ];

  test("tokens of a new client are valid at once in both", async () => {
    const client = await createClient(here.operator);
    const tokens = await everywhere((server) => tokenOf(server, client));
    const another = await there.run((other) => createClient(other.operator));
    tokens.push(...(await everywhere((server) => tokenOf(server, another))));
    expect(await valid(...tokens)).toEqual(all(tokens, true));
  });

  test.each(["here", "there"])(
    "a revocation %s holds at once for every token of before, and for none of after",
    async (place) => {
      const client = await createClient(here.operator);
      const before = await everywhere((server) => tokenOf(server, client));
      const revoke = (server: Server) =>
        server.operator.request(REVOKE_ALL, { input: { clientId: client.clientId } });
      await (place === "here" ? revoke(here) : there.run(revoke));
      const after = await everywhere((server) => tokenOf(server, client));
      expect(await valid(...before, ...after)).toEqual([
        false,
        false,
        true,
        true,
        false,
        false,
        true,
        true,
      ]);
    },
  );

  test("tokens of a deleted client are no tokens of the next one with its id", async () => {
    const { clientId, clientSecret } = await createClient(here.operator);
    const tokens = await everywhere((server) => tokenOf(server, { clientId, clientSecret }));
    await here.operator.request(DELETE_CLIENT, { input: { clientId } });
    await importClient(here.operator, { clientId, clientSecret });
    expect(await valid(...tokens)).toEqual(all(tokens, false));
  });

  test("a token that has just expired here can be revoked for all", async () => {
    const client = await createClient(here.operator);
    const token = await tokenOf(here, client);
    here.clock.advance(3600);
    await here.operator.request(REVOKE_TOKEN, { input: { accessToken: token } });
    expect(await valid(token)).toEqual([false, false]);
  });

  test("sessions that one has started are authenticated by the other", async () => {
    const member = await createSessionMember(here, here.operator);
    const { sessionToken, sessionJwt } = await member.startSession();
    await there.run(async (other) => {
      await authenticate(other.operator, { sessionToken });
      const renewed = await authenticate(other.operator, { sessionJwt });
      await authenticate(other.operator, { sessionJwt: renewed.sessionJwt });
      return renewed;
    });
    const renewed = await there.run((other) => authenticate(other.operator, { sessionJwt }));
    await authenticate(here.operator, { sessionJwt: renewed.sessionJwt });
  });

  test("all sessions of a member are revoked, including one that has just ended here", async () => {
    const { memberId, startSession } = await createSessionMember(here, here.operator);
    const { sessionToken } = await startSession({ sessionDurationMinutes: 5 });
    here.clock.advance(300);
    await here.operator.request(REVOKE_SESSION, { input: { target: { memberId } } });
    const failures = await everywhere((server) =>
      authenticateFailure(server.operator, { sessionToken }, { sessionDurationMinutes: 60 }),
    );
    expect(failures.map(({ code }) => code)).toEqual(["SESSION_NOT_FOUND", "SESSION_NOT_FOUND"]);
  });

  describe("an assertion", () => {
    let key: ClientKey;
    let clientId: string;

    beforeAll(async () => {
      key = await clientKey("ES256");
      const keys = { publicKeys: [{ pem: key.pem }] };
      const input = { tokenEndpointAuthMethod: "PRIVATE_KEY_JWT", keys };
      clientId = (await createClient(here.operator, input)).clientId;
    });

    const send = async (server: Server, text: string) =>
      (
        await post(server, tokenPath(server), {
          ...GRANT,
          client_assertion_type: ASSERTION_TYPE,
          client_assertion: text,
        })
      ).status;

    test("is used once", async () => {
      const text = await assertion(here, clientId, key);
      expect(await send(here, text)).toBe(200);
      expect(await everywhere((server) => send(server, text))).toEqual([401, 401]);
    });

    test("is not used again after the housekeeping of the process that is ahead", async () => {
      const text = await assertion(here, clientId, key, { claims: { exp: epoch(here) + 30 } });
      expect(await send(here, text)).toBe(200);
      // The clock tolerance of ten seconds ends here in a tenth of a second.
      here.clock.advance(39.9);
      await there.run((other) => sweepExpired(other));
      expect(await everywhere((server) => send(server, text))).toEqual([401, 401]);
    });
  });

  test("a DPoP nonce of one is good for the other, also while only one has begun its period", async () => {
    const client = await createClient(here.operator);
    const key = await clientKey("ES256");
    const ask = async (server: Server, claims: Record<string, unknown> = {}) =>
      requestToken(server, client, {}, { dpop: await dpopProof(server, key, { claims }) });
    for (const secondsToNextPeriod of [2, -2]) {
      here.clock.advance(600 - (epoch(here) % 300) - secondsToNextPeriod);
      const challenge = await there.run(ask);
      const nonce = challenge.headers.get("dpop-nonce") ?? "";
      expect((await ask(here, { nonce })).status).toBe(200);
    }
  });

  test("the overlap of a rotation and a session end in both", async () => {
    const client = await createClient(here.operator);
    const { startSession } = await createSessionMember(here, here.operator);
    const { sessionToken } = await startSession({ sessionDurationMinutes: 5 });
    await here.operator.request(ROTATE_SECRET, {
      input: { clientId: client.clientId, overlapSeconds: 300 },
    });
    here.clock.advance(290);
    expect(await everywhere((server) => gets(server, client))).toEqual([200, 200]);
    await everywhere((server) => authenticate(server.operator, { sessionToken }));
    here.clock.advance(14);
    expect(await everywhere((server) => gets(server, client))).toEqual([401, 401]);
    await everywhere((server) => authenticateFailure(server.operator, { sessionToken }));
  });

  test("a token ends in both", async () => {
    const client = await createClient(here.operator);
    const tokens = await everywhere((server) => issueAccessToken(server, client));
    here.clock.advance(3600 - 5);
    expect(await valid(...tokens)).toEqual(all(tokens, true));
    here.clock.advance(9);
    expect(await valid(...tokens)).toEqual(all(tokens, false));
  });

  test("a limit that one has reached holds and ends in both", async () => {
    const client = await createClient(here.operator);
    for (let guess = 0; guess < 11; guess++) {
      await tokenFailure(here.anonymous, { ...client, clientSecret: "wrong" });
    }
    const guessed = await everywhere(async (server) => {
      const wrong = { ...client, clientSecret: "wrong" };
      return (await tokenFailure(server.anonymous, wrong)).extensions.code;
    });
    expect(guessed).toEqual(["RATE_LIMITED", "RATE_LIMITED"]);
    here.clock.advance(64);
    const later = await everywhere(async (server) => {
      const wrong = { ...client, clientSecret: "wrong" };
      return (await tokenFailure(server.anonymous, wrong)).extensions.code;
    });
    expect(later).toEqual(["INVALID_CLIENT", "INVALID_CLIENT"]);
    expect(await everywhere((server) => gets(server, client))).toEqual([200, 200]);
  });
});

describe("after a clock was a day ahead for a moment,", () => {
  const DAY = 24 * 3600;
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  test("a right secret works in spite of wrong ones of that moment", async () => {
    const clientId = "locked-out";
    const clientSecret = "kT5-wQ8zX1cV4bN7mL0pJ3hG6fD9sA2";
    await importClient(server.operator, { clientId, clientSecret });
    server.clock.advance(DAY);
    const wrong = { clientId, clientSecret: "wrong" };
    for (let guess = 0; guess < 10; guess++) await tokenFailure(server.anonymous, wrong);
    expect((await tokenFailure(server.anonymous, wrong)).extensions.code).toBe("RATE_LIMITED");
    server.clock.advance(-DAY);
    expect(await gets(server, { clientId, clientSecret })).toBe(200);
    // The next window counts as usual.
    for (let guess = 0; guess < 10; guess++) {
      expect((await tokenFailure(server.anonymous, wrong)).extensions.code).toBe("INVALID_CLIENT");
    }
    expect((await tokenFailure(server.anonymous, wrong)).extensions.code).toBe("RATE_LIMITED");
  });

  test("the time of last use is a time of today", async () => {
    const client = await createClient(server.operator);
    const use = async () => {
      await issueToken(server.anonymous, client);
      await server.services.authenticator.lastUsed.flush();
      const query = "query ($id: ID!) { client(clientId: $id) { lastUsedAt } }";
      return (await server.operator.request(query, { id: client.clientId })).client.lastUsedAt;
    };
    server.clock.advance(DAY);
    expect(await use()).toBe(server.clock.now().toISOString());
    server.clock.advance(-DAY);
    expect(await use()).toBe(server.clock.now().toISOString());
  });

  test.each(["DEFAULT", "RFC9068"])(
    "its tokens of profile %s are refused",
    async (tokenProfile) => {
      await server.operator.request(
        "mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { project { projectId } } }",
        { input: { tokenProfile } },
      );
      const client = await createClient(server.operator);
      server.clock.advance(DAY);
      const token = await tokenOf(server, client);
      server.clock.advance(-DAY);
      expect(await isValid(server, token)).toBe(false);
      server.clock.advance(DAY - 60);
      expect(await isValid(server, token)).toBe(true);
    },
  );
});
