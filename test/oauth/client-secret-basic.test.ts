import { randomBytes, randomUUID } from "node:crypto";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  jest,
  test,
} from "@jest/globals";
import bcrypt from "bcryptjs";
import { decodeJwt } from "jose";
import { secretOperations } from "../clients/secret-operations.js";
import { basicAuthorization } from "../support/graphql-client.js";
import {
  type Credentials,
  createClient,
  importClient,
  issueToken,
  updateClient,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { basicHeader, GRANT, post, requestToken, tokenPath } from "./oauth-operations.js";

const random = () => randomBytes(6).toString("hex");
const SECRETS: [string, () => string][] = [
  ["a plus sign", () => `aB3+kQ7vT9xW2pL5+${random()}`],
  ["base64", () => `z/tZ9VwFZqApmIQ+ZH1I5pLk/${random()}==`],
  ["what looks like an encoding", () => `aB3%41kQ7vT9xW2pL5${random()}`],
  ["a percent sign", () => `aB3%kQ7vT9xW2pL5${random()}`],
  ["a space and a plus sign", () => `aB3 kQ7vT9+xW2pL5 ${random()}`],
  ["characters beyond ASCII", () => `aB3€+kQ7vT9ü%20xW2pL5${random()}`],
];

describe("client_secret_basic", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  beforeEach(() => {
    server.clock.advance(61);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(async () => {
    await server.stop();
  });

  const { start } = secretOperations(() => server);
  const importOne = async (clientSecret: string, clientId: string = randomUUID()) => {
    await importClient(server.operator, {
      clientId,
      secretHash: bcrypt.hashSync(clientSecret, 4),
      scopes: ["read:users"],
    });
    return { clientId, clientSecret };
  };
  const raw = ({ clientId, clientSecret }: Credentials) => ({
    authorization: basicAuthorization(clientId, clientSecret),
  });
  const ask = async (headers: Record<string, string>) =>
    (await post(server, tokenPath(server), GRANT, headers)).status;
  const slowHashesOf = async (request: () => Promise<unknown>) => {
    const verify = jest.spyOn(server.services.slowHasher, "verify");
    await request();
    const count = verify.mock.calls.length;
    verify.mockRestore();
    return count;
  };

  test.each(SECRETS)("takes a secret with %s, form-encoded or as it is", async (_what, secret) => {
    for (const send of [raw, basicHeader]) {
      const client = await importOne(secret());
      expect(await ask(send(client))).toBe(200);
      expect(await ask(send(client))).toBe(200);
      expect((await requestToken(server, client)).status).toBe(200);
      await issueToken(server.anonymous, client);
    }
  });

  test.each(["\n", "\r\n"])(
    "takes a secret that a file or `echo` has ended with %j",
    async (end) => {
      const client = await importOne(`aB3+kQ7vT9xW2pL5+${random()}`);
      const ended = { ...client, clientSecret: client.clientSecret + end };
      for (const send of [raw, basicHeader]) expect(await ask(send(ended))).toBe(200);
      const { clientId: client_id, clientSecret: client_secret } = ended;
      const inBody = await post(server, tokenPath(server), { ...GRANT, client_id, client_secret });
      expect(inBody.status).toBe(200);
    },
  );

  test("takes a form that ends as a file does", async () => {
    const client = await importOne(`aB3+kQ7vT9xW2pL5+${random()}`);
    const headers = { ...raw(client), "content-type": "application/x-www-form-urlencoded" };
    const body = "grant_type=client_credentials\r\n";
    const url = `${server.url}${tokenPath(server)}`;
    expect((await fetch(url, { method: "POST", headers, body })).status).toBe(200);
  });

  test("takes a secret as it is in a rotation, whichever of the two it is", async () => {
    const current = await importOne(`aB3+kQ7vT9xW2pL5+${random()}`);
    const next = { ...current, clientSecret: `z/tZ9VwFZqApmIQ+ZH1I5pLk/${random()}==` };
    await start(next);
    for (const client of [next, current]) expect(await ask(raw(client))).toBe(200);
  });

  test("counts a secret that fits in neither form as one failure", async () => {
    const client = await importOne(`aB3+kQ7vT9xW2pL5+${random()}`);
    for (const wrong of [client.clientId, randomUUID()]) {
      const guess = () => ask(raw({ clientId: wrong, clientSecret: `a+b%41${random()}` }));
      const statuses: number[] = [];
      for (let number = 0; number < 11; number++) statuses.push(await guess());
      expect(statuses).toEqual([...Array(10).fill(401), 429]);
    }
  });

  test("counts no failure for a secret that fits as it is", async () => {
    const client = await importOne(`aB3+kQ7vT9xW2pL5+${random()}`);
    for (let number = 0; number < 9; number++) {
      expect(await ask(raw({ ...client, clientSecret: "wrong" }))).toBe(401);
    }
    await server.restart();
    for (let number = 0; number < 12; number++) expect(await ask(raw(client))).toBe(200);
    expect(await ask(raw({ ...client, clientSecret: "wrong" }))).toBe(401);
    expect(await ask(raw({ ...client, clientSecret: "wrong" }))).toBe(429);
  });

  test("computes no more for an existing client than for an unknown one", async () => {
    const { clientId } = await importOne(`aB3+kQ7vT9xW2pL5+${random()}`);
    for (const id of [clientId, randomUUID()]) {
      const wrong = (clientSecret: string) =>
        slowHashesOf(() => ask(raw({ clientId: id, clientSecret })));
      expect([
        await wrong("one-form"),
        await wrong("two+forms"),
        await wrong("two%41forms"),
      ]).toEqual([2, 4, 4]);
    }
  });

  test("remembers the form that fits", async () => {
    const client = await importOne(`aB3+kQ7vT9xW2pL5+${random()}`);
    expect(await slowHashesOf(() => ask(raw(client)))).toBe(2);
    for (const send of [raw, basicHeader]) {
      expect(await slowHashesOf(() => ask(send(client)))).toBe(0);
    }
    await server.services.authenticator.verifiedSecrets.flush();
    await server.restart();
    expect(await slowHashesOf(() => ask(raw(client)))).toBe(0);
  });

  test.each([
    "svc~a",
    "a+b",
    "$rec(1)!=x",
    "a/b?c=d&e",
    "it's",
    "<a>;b,c",
    "auth0|a@clients.example",
  ])("takes the client id %s, form-encoded or as it is", async (prefix) => {
    const client = await importOne(`aB3+kQ7vT9xW2pL5+${random()}`, `${prefix}${random()}`);
    for (const send of [raw, basicHeader]) {
      const { body } = await post(server, tokenPath(server), GRANT, send(client));
      expect(decodeJwt(body.access_token).sub).toBe(client.clientId);
      const both = { ...GRANT, client_id: client.clientId };
      expect((await post(server, tokenPath(server), both, send(client))).status).toBe(200);
    }
  });

  test("takes a management secret in both forms", async () => {
    const bootstrapProjectSecret = `aB3+kQ7vT9x/W2pL5%41${random()}${random()}=`;
    const other = await startTestServer({ bootstrapProjectSecret });
    const { projectId } = other;
    const key = { clientId: projectId, clientSecret: bootstrapProjectSecret };
    for (const headers of [raw(key), basicHeader(key)]) {
      const introspect = `/projects/${projectId}/oauth/introspect`;
      expect((await post(other, introspect, { token: "x" }, headers)).status).toBe(200);
      const { errors } = await other.anonymous.send("{ project { projectId } }", {}, headers);
      expect(errors).toEqual([]);
    }
    const wrong = raw({ ...key, clientSecret: `${bootstrapProjectSecret}+` });
    const codes = [];
    for (let number = 0; number < 11; number++) {
      const { errors } = await other.anonymous.send("{ project { projectId } }", {}, wrong);
      codes.push(errors[0]?.extensions.code);
    }
    expect(codes).toEqual([...Array(10).fill("UNAUTHENTICATED"), "RATE_LIMITED"]);
    await other.stop();
  });

  describe("a client that is fixed to one place for its secret", () => {
    const METHODS = ["CLIENT_SECRET_BASIC", "CLIENT_SECRET_POST"];
    const inPlace = (method: string, client: Credentials) =>
      method === "CLIENT_SECRET_BASIC"
        ? ask(basicHeader(client))
        : requestToken(server, client).then(({ status }) => status);
    const clients = async (tokenEndpointAuthMethod: string) => {
      const created = await createClient(server.operator, { tokenEndpointAuthMethod });
      const imported = await importOne(`aB3+kQ7vT9xW2pL5+${random()}`);
      await updateClient(server.operator, { clientId: imported.clientId, tokenEndpointAuthMethod });
      return [created, imported];
    };

    test.each(METHODS)("%s: is refused elsewhere, which is no failed attempt", async (method) => {
      const elsewhere = METHODS.find((other) => other !== method) ?? "";
      for (const client of await clients(method)) {
        for (let number = 0; number < 12; number++) {
          expect(await inPlace(elsewhere, client)).toBe(401);
        }
        expect(server.logs()).toContain('"refusal":"METHOD_NOT_ALLOWED"');
        expect(await inPlace(method, client)).toBe(200);
      }
    });

    test.each(METHODS)("%s: wrong secrets elsewhere are failed attempts", async (method) => {
      const elsewhere = METHODS.find((other) => other !== method) ?? "";
      for (const client of await clients(method)) {
        const wrong = { ...client, clientSecret: `wrong ${random()}` };
        const statuses: number[] = [];
        for (let number = 0; number < 11; number++) statuses.push(await inPlace(elsewhere, wrong));
        expect(statuses).toEqual([...Array(10).fill(401), 429]);
      }
    });

    test("does not count as used by a refused request", async () => {
      const [client] = await clients("CLIENT_SECRET_POST");
      await inPlace("CLIENT_SECRET_BASIC", client as Credentials);
      await server.services.authenticator.lastUsed.flush();
      const { client: found } = await server.operator.request(
        "query ($clientId: ID!) { client(clientId: $clientId) { lastUsedAt } }",
        { clientId: client?.clientId },
      );
      expect(found.lastUsedAt).toBeNull();
    });
  });

  describe("a refusal", () => {
    const logSince = async (request: () => Promise<{ status: number; body: unknown }>) => {
      const from = server.logs().length;
      const { status, body } = await request();
      expect({ status, body }).toEqual({
        status: 401,
        body: { error: "invalid_client", error_description: "Client authentication failed" },
      });
      const lines = server.logs().slice(from).split("\n");
      return JSON.parse(lines.find((line) => line.includes('"refused"')) ?? "{}");
    };
    const refused = (headers: Record<string, string>, parameters: Record<string, string> = GRANT) =>
      logSince(() => post(server, tokenPath(server), parameters, headers));

    test("has one answer, and its cause in the log", async () => {
      const client = await createClient(server.operator);
      const { clientId } = client;
      const wrong = basicHeader({ ...client, clientSecret: "wrong" });
      const right = basicHeader(client);
      const unknown = basicHeader({ ...client, clientId: "nobody" });
      const malformed = basicHeader({ ...client, clientSecret: `${client.clientSecret}x` });
      const other = { ...GRANT, client_id: "another" };
      expect(await refused({})).toMatchObject({ refusal: "CREDENTIALS_MISSING" });
      for (const authorization of ["Basic x", "Bearer x", "Digest x"]) {
        expect(await refused({ authorization })).toMatchObject({
          refusal: "CREDENTIALS_MALFORMED",
        });
      }
      expect(await refused(right, other)).toMatchObject({ refusal: "CLIENT_ID_MISMATCH" });
      expect(await refused(unknown)).toMatchObject({ refusal: "CLIENT_UNKNOWN" });
      expect(await refused(wrong)).toMatchObject({ refusal: "SECRET_WRONG", clientId });
      expect(await refused(malformed)).toMatchObject({ refusal: "SECRET_MALFORMED", clientId });
      const change = (input: object) => updateClient(server.operator, { clientId, ...input });
      await change({ tokenEndpointAuthMethod: "CLIENT_SECRET_POST" });
      expect(await refused(right)).toMatchObject({ refusal: "METHOD_NOT_ALLOWED", clientId });
      await change({ status: "INACTIVE" });
      expect(await refused(right)).toMatchObject({ refusal: "CLIENT_INACTIVE", clientId });
      const expiresAt = new Date(server.clock.now().getTime() + 1000).toISOString();
      await change({ status: "ACTIVE", expiresAt });
      server.clock.advance(2);
      expect(await refused(right)).toMatchObject({ refusal: "CLIENT_EXPIRED", clientId });
    });
  });
});
