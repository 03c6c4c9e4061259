import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { argon2id } from "hash-wasm";
import { RateLimitCounter } from "../../src/rate-limit/rate-limit-counter.entity.js";
import { newId } from "../../src/shared/ids.js";
import { basicHeader, GRANT, post, tokenPath } from "../oauth/oauth-operations.js";
import { createClient, issueToken, ROTATE_SECRET } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const ISSUE = `mutation ($input: IssueTokenInput!) { issueToken(input: $input) { accessToken } }`;
const IMPORT = `mutation ($input: ImportClientInput!) { importClient(input: $input) { client { clientId } } }`;
const UPDATE = `mutation ($input: UpdateClientInput!) { updateClient(input: $input) { client { clientId } } }`;
const VERIFY = `query ($accessToken: String!) { verifyToken(accessToken: $accessToken) { clientId } }`;
const SECRET = "kT5-wQ8zX1cV4bN7mL0pJ3hG6fD9sA2";

describe("guessing secrets", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const attempt = async (clientId: string, clientSecret: string) => {
    const { errors } = await server.anonymous.send(ISSUE, { input: { clientId, clientSecret } });
    return errors[0]?.extensions.code ?? "OK";
  };
  const tally = (codes: string[]) =>
    Object.fromEntries(
      [...new Set(codes)].map((code) => [code, codes.filter((c) => c === code).length]),
    );

  test("of an imported client many at once tries no more than one after another would", async () => {
    await server.operator.request(IMPORT, { input: { clientId: "legacy", clientSecret: SECRET } });
    const codes = await Promise.all(
      Array.from({ length: 20 }, (_, number) => attempt("legacy", `${SECRET}${number}`)),
    );
    expect(tally(codes)).toEqual({ INVALID_CLIENT: 10, RATE_LIMITED: 10 });
    expect(await attempt("legacy", SECRET)).toBe("RATE_LIMITED");
    server.clock.advance(61);
    expect(await attempt("legacy", SECRET)).toBe("OK");
  });

  test("costs the right secret nothing of its allowance", async () => {
    await server.operator.request(IMPORT, { input: { clientId: "steady", clientSecret: SECRET } });
    for (let number = 0; number < 9; number++) await attempt("steady", `wrong secret ${number}`);
    expect(await attempt("steady", SECRET)).toBe("OK");
    expect(await attempt("steady", "the tenth wrong secret")).toBe("INVALID_CLIENT");
    expect(await attempt("steady", "the eleventh wrong secret")).toBe("RATE_LIMITED");
    server.clock.advance(61);
  });

  test("that nobody has, empty or too long, is counted without a slow hash, whether the id exists or not", async () => {
    const options = { parallelism: 1, iterations: 1, memorySize: 64, hashLength: 32 };
    const salt = "a salt of sixteen";
    const secretHash = await argon2id({
      password: SECRET,
      salt,
      ...options,
      outputType: "encoded",
    });
    await server.operator.request(IMPORT, { input: { clientId: "argon", secretHash } });
    const verify = jest.spyOn(server.services.slowHasher, "verify");
    for (const clientId of ["argon", randomUUID()]) {
      const statuses: number[] = [];
      for (let number = 0; number < 11; number++) {
        const clientSecret = number % 2 === 0 ? "" : "x".repeat(1025);
        const credentials = basicHeader({ clientId, clientSecret });
        statuses.push((await post(server, tokenPath(server), GRANT, credentials)).status);
      }
      expect(statuses).toEqual([...Array(10).fill(401), 429]);
    }
    expect(verify).not.toHaveBeenCalled();
    verify.mockRestore();
    server.clock.advance(61);
  });

  test("is not what a typo in a generated secret is, which its checksum tells", async () => {
    const client = await createClient(server.operator);
    const typo = `${client.clientSecret.slice(0, -1)}-`;
    for (let number = 0; number < 12; number++) {
      expect(await attempt(client.clientId, typo)).toBe("INVALID_CLIENT");
    }
    server.clock.advance(61);
  });

  test("at unknown ids is limited by address, then without a write; who has a secret does not notice", async () => {
    const counters = () => server.services.unitOfWork.read.count(RateLimitCounter);
    const generated = () => newId("client");
    const guesses = async (count: number, clientId: () => string) =>
      tally(await Promise.all(Array.from({ length: count }, () => attempt(clientId(), SECRET))));

    expect(await guesses(120, randomUUID)).toEqual({ INVALID_CLIENT: 100, RATE_LIMITED: 20 });
    expect(await guesses(600, generated)).toEqual({ INVALID_CLIENT: 600 });
    const before = await counters();
    expect(await guesses(20, randomUUID)).toEqual({ RATE_LIMITED: 20 });
    expect(await guesses(20, generated)).toEqual({ RATE_LIMITED: 20 });
    expect(await counters()).toBe(before);

    const client = await createClient(server.operator);
    expect(await attempt(client.clientId, client.clientSecret)).toBe("OK");
    server.clock.advance(61);
    expect(await attempt(randomUUID(), SECRET)).toBe("INVALID_CLIENT");
  });

  test("of one client too often leaves the slow hashes to the others", async () => {
    for (const clientId of ["broken", "fine"]) {
      await server.operator.request(IMPORT, { input: { clientId, clientSecret: SECRET } });
    }
    const wrong = Array.from({ length: 120 }, (_, number) => `wrong secret ${number}`);
    const codes = await Promise.all(wrong.map((secret) => attempt("broken", secret)));
    expect(tally(codes)).toEqual({ INVALID_CLIENT: 10, RATE_LIMITED: 110 });
    expect(await attempt("broken", SECRET)).toBe("RATE_LIMITED");
    expect(await attempt("fine", SECRET)).toBe("OK");
    server.clock.advance(61);
  });

  test("over the limit is answered late, and nothing else is", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    const fastest = async (secret: string, code: string) => {
      const taken: number[] = [];
      for (let time = 0; time < 5; time++) {
        const startedAt = performance.now();
        expect(await attempt(clientId, secret)).toBe(code);
        taken.push(performance.now() - startedAt);
      }
      return Math.min(...taken);
    };
    expect(await fastest("wrong", "INVALID_CLIENT")).toBeLessThan(200);
    expect(await fastest("wrong", "INVALID_CLIENT")).toBeLessThan(200);
    // more at once than are made to wait
    const codes = await Promise.all(Array.from({ length: 300 }, () => attempt(clientId, "wrong")));
    expect(tally(codes)).toEqual({ RATE_LIMITED: 300 });
    expect(await fastest("wrong", "RATE_LIMITED")).toBeGreaterThan(240);
    expect(await fastest(clientSecret, "OK")).toBeLessThan(200);
    server.clock.advance(61);
  });

  test("leaves the connections to the database to others, even when its counter is held", async () => {
    const client = await createClient(server.operator);
    expect(await attempt(client.clientId, "wrong")).toBe("INVALID_CLIENT");
    const { unitOfWork } = server.services;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let held = Promise.resolve();
    await new Promise<void>((isHeld) => {
      held = unitOfWork.write(async (manager) => {
        await manager.updateAll(RateLimitCounter, { count: () => "count" });
        isHeld();
        await released;
      });
    });
    const codes = Array.from({ length: 40 }, () => attempt(client.clientId, "wrong"));
    for (let token = 0; token < 10; token++) {
      expect(await attempt(client.clientId, client.clientSecret)).toBe("OK");
    }
    release();
    await held;
    expect(tally(await Promise.all(codes))).toEqual({ INVALID_CLIENT: 9, RATE_LIMITED: 31 });
    server.clock.advance(61);
  });
});

describe("guesses at imported clients, from several addresses,", () => {
  let server: TestServer;

  beforeAll(async () => {
    // The cost in production, so that the hash outweighs all else that takes time.
    server = await startTestServer({ trustedProxies: ["127.0.0.1"], bcryptCost: 10 });
    // The first ones find a thread that has to start.
    for (let number = 0; number < 10; number++) await guess(randomUUID(), "192.0.2.1");
  });

  afterAll(async () => {
    await server.stop();
  });

  const guess = async (clientId: string, address: string, clientSecret = SECRET) => {
    const from = { "x-forwarded-for": address };
    const startedAt = performance.now();
    const { errors } = await server.anonymous.send(
      ISSUE,
      { input: { clientId, clientSecret } },
      from,
    );
    const code = errors[0]?.extensions.code ?? "OK";
    return { code, milliseconds: performance.now() - startedAt };
  };
  const importOne = async (clientId: string) =>
    server.operator.request(IMPORT, { input: { clientId, clientSecret: SECRET } });
  const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

  test("keep nobody of another address waiting", async () => {
    await importOne("elsewhere");
    let answered = 0;
    const flood = Array.from({ length: 20 }, async () => {
      await guess(randomUUID(), "192.0.2.2");
      answered++;
    });
    await Promise.race(flood);
    expect(await guess("elsewhere", "192.0.2.3")).toMatchObject({ code: "OK" });
    expect(answered).toBeLessThan(flood.length / 3);
    await Promise.all(flood);
  });

  test("are over for an address that has used them up, right or not; who is in use goes on", async () => {
    await importOne("in-use");
    expect(await guess("in-use", "192.0.2.6")).toMatchObject({ code: "OK" });
    const wrong = Array.from({ length: 20 }, () => guess("in-use", "192.0.2.7", "wrong"));
    await Promise.all(wrong);
    expect(await guess("in-use", "192.0.2.7")).toMatchObject({ code: "RATE_LIMITED" });
    expect(await guess("in-use", "192.0.2.6")).toMatchObject({ code: "OK" });
    expect(await guess("in-use", "192.0.2.8")).toMatchObject({ code: "OK" });
  });

  test("count for one that is not active, right or not", async () => {
    await importOne("retired");
    await server.operator.request(UPDATE, { input: { clientId: "retired", status: "INACTIVE" } });
    for (let number = 0; number < 10; number++) {
      expect(await guess("retired", "192.0.2.9")).toMatchObject({ code: "INVALID_CLIENT" });
    }
    expect(await guess("retired", "192.0.2.9")).toMatchObject({ code: "RATE_LIMITED" });
  });

  test("take as long at ids that nobody has: one by one, many of one address, and of many", async () => {
    await importOne("exists");
    const ids = ["exists", "unknown"];
    const wrong = (clientId: string, address: string) =>
      guess(clientId, address, "wrong").then(({ milliseconds }) => milliseconds);
    const alone = ids.map(() => [] as number[]);
    for (let number = 0; number < 5; number++) {
      for (const [at, id] of ids.entries()) alone[at]?.push(await wrong(id, "192.0.2.4"));
    }
    const slowest = async (id: string, address: (number: number) => string) =>
      Math.max(
        ...(await Promise.all(Array.from({ length: 8 }, (_, at) => wrong(id, address(at))))),
      );
    const ofOne: number[] = [];
    const ofMany: number[] = [];
    for (const id of ids) {
      ofOne.push(await slowest(id, () => "192.0.2.5"));
      ofMany.push(await slowest(id, (number) => `198.51.100.${number}`));
    }
    for (const [exists = 0, unknown = 0] of [alone.map(median), ofOne, ofMany]) {
      expect(unknown / exists).toBeGreaterThan(0.5);
      expect(unknown / exists).toBeLessThan(2);
    }
  });
});

describe("a slow secret is not enough when, while its hash is computed,", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(async () => {
    await server.stop();
  });

  const DELETE = `mutation ($input: DeleteClientInput!) { deleteClient(input: $input) { clientId } }`;
  const asOperator = (mutation: string, input: object) =>
    server.operator.request(mutation, { input });

  test.each<[string, (clientId: string) => Promise<unknown>]>([
    ["the secret is rotated", (clientId) => asOperator(ROTATE_SECRET, { clientId })],
    [
      "another client takes the id over",
      async (clientId) => {
        await asOperator(DELETE, { clientId });
        await asOperator(IMPORT, { clientId, clientSecret: `another ${SECRET}` });
      },
    ],
    ["the client is deleted", (clientId) => asOperator(DELETE, { clientId })],
    [
      "the client is deactivated",
      (clientId) => asOperator(UPDATE, { clientId, status: "INACTIVE" }),
    ],
    [
      "the client expires",
      (clientId) => asOperator(UPDATE, { clientId, expiresAt: "2020-01-01T00:00:00Z" }),
    ],
  ])("%s", async (_what, change) => {
    const clientId = randomUUID();
    await asOperator(IMPORT, { clientId, clientSecret: SECRET });
    const { slowHasher } = server.services;
    const verify = slowHasher.verify.bind(slowHasher);
    jest.spyOn(slowHasher, "verify").mockImplementationOnce(async (secret, stored) => {
      const fits = await verify(secret, stored);
      await change(clientId);
      return fits;
    });
    const { errors } = await server.anonymous.send(ISSUE, {
      input: { clientId, clientSecret: SECRET },
    });
    expect(errors[0]?.extensions.code).toBe("INVALID_CLIENT");
    expect(slowHasher.verify).toHaveBeenCalledTimes(1);
  });
});

describe("a token", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const verify = async (accessToken: string) => {
    const { errors } = await server.anonymous.send(VERIFY, { accessToken });
    return errors[0]?.extensions.code ?? "OK";
  };

  test("ends with its client, even if the client's end is set afterwards", async () => {
    const client = await createClient(server.operator);
    const { accessToken } = await issueToken(server.anonymous, client);
    expect(await verify(accessToken)).toBe("OK");
    await server.operator.request(UPDATE, {
      input: { clientId: client.clientId, expiresAt: "2020-01-01T00:00:00Z" },
    });
    expect(await verify(accessToken)).toBe("INVALID_TOKEN");
  });

  test("is not taken over by a later client of the same id", async () => {
    const input = { clientId: "twice", clientSecret: SECRET, scopes: ["admin"] };
    await server.operator.request(IMPORT, { input });
    const { accessToken } = await issueToken(server.anonymous, input);
    await server.operator.request(
      `mutation { deleteClient(input: { clientId: "twice" }) { clientId } }`,
    );
    server.clock.advance(1);
    await server.operator.request(IMPORT, { input: { ...input, scopes: [] } });
    expect(await verify(accessToken)).toBe("INVALID_TOKEN");
  });
});

describe("a management key", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const CREATE = `mutation ($input: CreateManagementKeyInput!) {
    createManagementKey(input: $input) { managementKey { keyId } secret }
  }`;
  const DELETE = `mutation ($input: DeleteManagementKeyInput!) { deleteManagementKey(input: $input) { keyId } }`;

  test("cannot delete one that may do more", async () => {
    const limited = await server.keyWith("management_keys:read", "management_keys:write");
    const { managementKeys } = await limited.request(
      `{ managementKeys { nodes { keyId permissions } } }`,
    );
    const better = managementKeys.nodes.find(
      (key: { permissions: string[] }) => key.permissions.length > 2,
    );
    const { extensions } = await limited.failure(DELETE, { input: { keyId: better.keyId } });
    expect(extensions.code).toBe("FORBIDDEN");
  });

  test("that expires makes none that lives longer", async () => {
    const expiresAt = new Date(server.clock.now().getTime() + 60_000).toISOString();
    const permissions = ["management_keys:write"];
    const { createManagementKey } = await server.operator.request(CREATE, {
      input: { name: "for a minute", permissions, expiresAt },
    });
    const temporary = server.withKey(server.projectId, createManagementKey.secret);
    for (const later of [null, new Date(Date.parse(expiresAt) + 1).toISOString()]) {
      const input = { name: "for longer", permissions, expiresAt: later };
      const { extensions } = await temporary.failure(CREATE, { input });
      expect(extensions).toEqual({ code: "FORBIDDEN", path: ["input", "expiresAt"] });
    }
    await temporary.request(CREATE, { input: { name: "as long", permissions, expiresAt } });
  });
});
