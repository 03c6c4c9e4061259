import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { argon2id } from "hash-wasm";
import { RateLimitCounter } from "../../src/rate-limit/rate-limit-counter.entity.js";
import { newId } from "../../src/shared/ids.js";
import { basicHeader, GRANT, post, tokenPath } from "../oauth/oauth-operations.js";
import { createClient, issueToken, ROTATE_SECRET } from "../support/operations.js";
import { retryMeasurement } from "../support/retry-measurement.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const ISSUE = `mutation ($input: IssueTokenInput!) { issueToken(input: $input) { accessToken } }`;
const IMPORT = `mutation ($input: ImportClientInput!) { importClient(input: $input) { client { clientId } } }`;
const UPDATE = `mutation ($input: UpdateClientInput!) { updateClient(input: $input) { client { clientId } } }`;
const VERIFY = `mutation ($input: VerifyTokenInput!) { verifyToken(input: $input) { token { clientId } } }`;
const SECRET = "kT5-wQ8zX1cV4bN7mL0pJ3hG6fD9sA2";

describe("wrong secrets", () => {
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

  test("of an imported client are limited to ten a minute, also when they arrive at the same time", async () => {
    await server.operator.request(IMPORT, { input: { clientId: "legacy", clientSecret: SECRET } });
    const codes = await Promise.all(
      Array.from({ length: 20 }, (_, number) => attempt("legacy", `${SECRET}${number}`)),
    );
    expect(tally(codes)).toEqual({ INVALID_CLIENT: 10, RATE_LIMITED: 10 });
    expect(await attempt("legacy", SECRET)).toBe("RATE_LIMITED");
    server.clock.advance(61);
    expect(await attempt("legacy", SECRET)).toBe("OK");
  });

  test("are limited without counting right secrets", async () => {
    await server.operator.request(IMPORT, { input: { clientId: "steady", clientSecret: SECRET } });
    for (let number = 0; number < 9; number++) await attempt("steady", `wrong secret ${number}`);
    expect(await attempt("steady", SECRET)).toBe("OK");
    expect(await attempt("steady", "the tenth wrong secret")).toBe("INVALID_CLIENT");
    expect(await attempt("steady", "the eleventh wrong secret")).toBe("RATE_LIMITED");
    server.clock.advance(61);
  });

  test("that are empty or too long are counted without a slow hash, for existing and unknown ids", async () => {
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

  test("with a wrong checksum are refused without being counted", async () => {
    const client = await createClient(server.operator);
    const typo = `${client.clientSecret.slice(0, -1)}-`;
    for (let number = 0; number < 12; number++) {
      expect(await attempt(client.clientId, typo)).toBe("INVALID_CLIENT");
    }
    server.clock.advance(61);
  });

  test("for unknown ids are limited by address, without writes and without effect on right secrets", async () => {
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

  test("of one client do not use up the slow hashes of others", async () => {
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

  test("over the limit are answered with a delay, unlike all other requests", async () => {
    await retryMeasurement(async () => {
      const { clientId, clientSecret } = await createClient(server.operator);
      const fastest = async (secret: string, code: string) => {
        const durations: number[] = [];
        for (let count = 0; count < 5; count++) {
          const startedAt = performance.now();
          expect(await attempt(clientId, secret)).toBe(code);
          durations.push(performance.now() - startedAt);
        }
        return Math.min(...durations);
      };
      const wrong = [
        await fastest("wrong", "INVALID_CLIENT"),
        await fastest("wrong", "INVALID_CLIENT"),
      ];
      // More requests at once than the server delays.
      const codes = await Promise.all(
        Array.from({ length: 300 }, () => attempt(clientId, "wrong")),
      );
      expect(tally(codes)).toEqual({ RATE_LIMITED: 300 });
      const overLimit = await fastest("wrong", "RATE_LIMITED");
      const right = await fastest(clientSecret, "OK");
      server.clock.advance(61);
      expect(overLimit).toBeGreaterThan(240);
      for (const undelayed of [...wrong, right]) expect(undelayed).toBeLessThan(200);
    });
  });

  test("occupy no database connection while their counter is locked", async () => {
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

describe("wrong secrets of imported clients from several addresses", () => {
  let server: TestServer;

  beforeAll(async () => {
    // With the cost of production, hashing takes most of the time of a request.
    server = await startTestServer({ trustedProxies: ["127.0.0.1"], bcryptCost: 10 });
    // The first requests start the hashing threads.
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
  let addresses = 0;
  const newAddress = () => `198.51.100.${++addresses}`;
  const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

  test("do not delay right secrets from another address", async () => {
    await retryMeasurement(async () => {
      // A client that has not been in use: the hash of one in use is cached.
      const clientId = randomUUID();
      await importOne(clientId);
      let answered = 0;
      const flood = Array.from({ length: 20 }, async () => {
        await guess(randomUUID(), "192.0.2.2");
        answered++;
      });
      await Promise.race(flood);
      const { code } = await guess(clientId, newAddress());
      const answeredBefore = answered;
      await Promise.all(flood);
      server.clock.advance(61);
      expect(code).toBe("OK");
      expect(answeredBefore).toBeLessThan(flood.length / 3);
    });
  });

  test("block right secrets from the same address only, and not where the client was in use", async () => {
    await importOne("in-use");
    expect(await guess("in-use", "192.0.2.6")).toMatchObject({ code: "OK" });
    const wrong = Array.from({ length: 20 }, () => guess("in-use", "192.0.2.7", "wrong"));
    await Promise.all(wrong);
    expect(await guess("in-use", "192.0.2.7")).toMatchObject({ code: "RATE_LIMITED" });
    expect(await guess("in-use", "192.0.2.6")).toMatchObject({ code: "OK" });
    expect(await guess("in-use", "192.0.2.8")).toMatchObject({ code: "OK" });
  });

  test("are limited for an inactive client, together with right ones", async () => {
    await importOne("retired");
    await server.operator.request(UPDATE, { input: { clientId: "retired", status: "INACTIVE" } });
    for (let number = 0; number < 10; number++) {
      expect(await guess("retired", "192.0.2.9")).toMatchObject({ code: "INVALID_CLIENT" });
    }
    expect(await guess("retired", "192.0.2.9")).toMatchObject({ code: "RATE_LIMITED" });
  });

  test("take as long for unknown ids as for existing ones, in sequence and concurrently", async () => {
    await importOne("exists");
    const ids = ["exists", "unknown"];
    const wrong = async (clientId: string, address: string) =>
      (await guess(clientId, address, "wrong")).milliseconds;
    const concurrently = async (id: string, address: () => string) =>
      median(await Promise.all(Array.from({ length: 8 }, () => wrong(id, address()))));
    await retryMeasurement(async () => {
      const address = newAddress();
      const inSequence = ids.map(() => [] as number[]);
      for (let count = 0; count < 5; count++) {
        for (const [index, id] of ids.entries()) inSequence[index]?.push(await wrong(id, address));
      }
      const fromOneAddress: number[] = [];
      const fromManyAddresses: number[] = [];
      const shared = newAddress();
      for (const id of ids) {
        fromOneAddress.push(await concurrently(id, () => shared));
        fromManyAddresses.push(await concurrently(id, newAddress));
      }
      for (const [exists = 0, unknown = 0] of [
        inSequence.map(median),
        fromOneAddress,
        fromManyAddresses,
      ]) {
        expect(unknown / exists).toBeGreaterThan(0.5);
        expect(unknown / exists).toBeLessThan(2);
      }
    });
  });
});

describe("an imported secret is refused if, while its hash is computed,", () => {
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
    [
      "the secret is rotated without an overlap",
      (clientId) => asOperator(ROTATE_SECRET, { clientId, overlapSeconds: 0 }),
    ],
    [
      "another client gets the id",
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
      const isMatch = await verify(secret, stored);
      await change(clientId);
      return isMatch;
    });
    const { errors } = await server.anonymous.send(ISSUE, {
      input: { clientId, clientSecret: SECRET },
    });
    expect(errors[0]?.extensions.code).toBe("INVALID_CLIENT");
    expect(slowHasher.verify).toHaveBeenCalledTimes(1);
  });
});

test("verifyClient counts guesses together with issueToken and the token endpoint", async () => {
  const server = await startTestServer();
  await server.operator.request(IMPORT, { input: { clientId: "legacy", clientSecret: SECRET } });
  const CHECK = `mutation ($input: VerifyClientInput!) { verifyClient(input: $input) { client { clientId } } }`;
  const guess = async (query: string, clientSecret = "wrong") => {
    const { errors } = await server.anonymous.send(query, {
      input: { clientId: "legacy", clientSecret },
    });
    return errors[0]?.extensions.code ?? "OK";
  };
  for (let round = 0; round < 3; round++) {
    expect([await guess(CHECK), await guess(ISSUE)]).toEqual(["INVALID_CLIENT", "INVALID_CLIENT"]);
    const wrong = basicHeader({ clientId: "legacy", clientSecret: "wrong" });
    expect((await post(server, tokenPath(server), GRANT, wrong)).status).toBe(401);
  }
  expect(await guess(CHECK)).toBe("INVALID_CLIENT");
  expect([await guess(CHECK), await guess(ISSUE)]).toEqual(["RATE_LIMITED", "RATE_LIMITED"]);
  expect([await guess(CHECK, SECRET), await guess(ISSUE, SECRET)]).toEqual([
    "RATE_LIMITED",
    "RATE_LIMITED",
  ]);
  server.clock.advance(61);
  expect(await guess(CHECK, SECRET)).toBe("OK");
  await server.stop();
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
    const { errors } = await server.anonymous.send(VERIFY, { input: { accessToken } });
    return errors[0]?.extensions.code ?? "OK";
  };

  test("expires with its client, even if the client's expiry is set later", async () => {
    const client = await createClient(server.operator);
    const { accessToken } = await issueToken(server.anonymous, client);
    expect(await verify(accessToken)).toBe("OK");
    await server.operator.request(UPDATE, {
      input: { clientId: client.clientId, expiresAt: "2020-01-01T00:00:00Z" },
    });
    expect(await verify(accessToken)).toBe("INVALID_TOKEN");
  });

  test("is not valid for a later client with the same id", async () => {
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
    createManagementKey(input: $input) { managementKey { managementKeyId } secret }
  }`;
  const DELETE = `mutation ($input: DeleteManagementKeyInput!) { deleteManagementKey(input: $input) { managementKeyId } }`;

  test("has a secret whose guesses are limited to ten a minute for a project and an address", async () => {
    await server.restart({ trustedProxies: ["127.0.0.1"] });
    const attempt = async (projectId: string, secret: string, address: string) => {
      const { status, errors } = await server
        .withKey(projectId, secret)
        .send("{ project { projectId } }", {}, { "x-forwarded-for": address });
      return errors[0] ? `${status} ${errors[0].extensions.code} ${errors[0].message}` : "OK";
    };
    const { projectId, managementSecret } = server;
    const answersFor = async (id: string, address: string) => {
      const answers: string[] = [];
      for (let count = 0; count < 12; count++)
        answers.push(await attempt(id, `guess ${count}`, address));
      return answers;
    };
    const existing = await answersFor(projectId, "192.0.2.20");
    expect(existing[9]).toContain("UNAUTHENTICATED Unknown project or wrong secret");
    expect(existing[10]).toContain("RATE_LIMITED");
    expect(await answersFor("project_unknown", "192.0.2.21")).toEqual(existing);
    expect(await attempt(projectId, managementSecret, "192.0.2.20")).toBe("OK");
    expect(await attempt(projectId, "guess", "192.0.2.22")).toBe(existing[0]);
    server.clock.advance(61);
    expect(await attempt(projectId, "guess", "192.0.2.20")).toBe(existing[0]);
  });

  test("whose secret a person chose is refused while there are too many guesses from its address", async () => {
    const secret = "a secret that a person chose for the first project";
    const chosen = await startTestServer({
      bootstrapProjectId: "chosen",
      bootstrapProjectSecret: secret,
      trustedProxies: ["127.0.0.1"],
    });
    const attempt = async (guess: string, address: string) => {
      const from = { "x-forwarded-for": address };
      const { errors } = await chosen
        .withKey("chosen", guess)
        .send("{ project { name } }", {}, from);
      return errors[0]?.extensions.code ?? "OK";
    };
    for (let count = 0; count < 9; count++) await attempt("wrong", "192.0.2.1");
    expect(await attempt(secret, "192.0.2.1")).toBe("OK");
    expect(await attempt("wrong", "192.0.2.1")).toBe("UNAUTHENTICATED");
    expect(await attempt(secret, "192.0.2.1")).toBe("RATE_LIMITED");
    expect(await attempt(secret, "192.0.2.2")).toBe("OK");
    await chosen.stop();
  });

  test("cannot delete a key with more permissions", async () => {
    const limited = await server.keyWith("management_keys:read", "management_keys:write");
    const { managementKeys } = await limited.request(
      `{ managementKeys { nodes { managementKeyId permissions } } }`,
    );
    const stronger = managementKeys.nodes.find(
      (key: { permissions: string[] }) => key.permissions.length > 2,
    );
    const { extensions } = await limited.failure(DELETE, {
      input: { managementKeyId: stronger.managementKeyId },
    });
    expect(extensions.code).toBe("FORBIDDEN");
  });

  test("that expires cannot create a key that lives longer", async () => {
    const expiresAt = new Date(server.clock.now().getTime() + 60_000).toISOString();
    const permissions = ["MANAGEMENT_KEYS_WRITE"];
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
