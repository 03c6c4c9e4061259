import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { RateLimitPolicy } from "../../src/rate-limit/policies.js";
import { RateLimiter } from "../../src/rate-limit/rate-limiter.js";
import {
  type Credentials,
  createClient,
  ISSUE_TOKEN,
  importClient,
  issueToken,
  tokenFailure,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("wrong client secrets", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const guess = async (clientId: string, clientSecret = "wrong") =>
    (await tokenFailure(server.anonymous, { clientId, clientSecret })).extensions;
  const guessTenTimes = async (clientId: string) => {
    for (let attempt = 0; attempt < 10; attempt++) {
      expect((await guess(clientId)).code).toBe("INVALID_CLIENT");
    }
  };
  const clientOf = async (kind: "generated" | "imported"): Promise<Credentials> => {
    if (kind === "generated") return createClient(server.operator);
    const credentials = {
      clientId: `imported-${Math.random().toString(36).slice(2)}`,
      clientSecret: "correct horse battery staple",
    };
    await importClient(server.operator, credentials);
    return credentials;
  };

  test.each(["generated", "imported"] as const)(
    "of a client with a %s secret are limited to ten a minute, with the time to wait",
    async (kind) => {
      const { clientId, clientSecret } = await clientOf(kind);
      await guessTenTimes(clientId);
      expect(await guess(clientId)).toEqual({ code: "RATE_LIMITED", retryAfterSeconds: 60 });
      server.clock.advance(45);
      expect(await guess(clientId)).toEqual({ code: "RATE_LIMITED", retryAfterSeconds: 15 });
      server.clock.advance(15);
      expect((await guess(clientId)).code).toBe("INVALID_CLIENT");
      await issueToken(server.anonymous, { clientId, clientSecret });
    },
  );

  test("have status 429 and Retry-After once they are refused, unless something else was answered", async () => {
    const { clientId } = await clientOf("imported");
    await guessTenTimes(clientId);
    const variables = { input: { clientId, clientSecret: "wrong" } };
    const refused = await server.anonymous.send(ISSUE_TOKEN, variables);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
    const mutation = `mutation ($input: IssueTokenInput!) {
      createClient(input: { scopes: [] }) { client { clientId } }
      issueToken(input: $input) { accessToken }
    }`;
    const inPart = await server.operator.send(mutation, variables);
    expect([inPart.status, inPart.headers.get("retry-after")]).toEqual([200, null]);
    expect(inPart.errors.map(({ extensions }) => extensions.code)).toEqual(["RATE_LIMITED"]);
  });

  test("do not affect other clients", async () => {
    const [attacked, other] = [await clientOf("imported"), await clientOf("imported")];
    await guessTenTimes(attacked.clientId);
    expect((await guess(attacked.clientId)).code).toBe("RATE_LIMITED");
    expect((await guess(other.clientId)).code).toBe("INVALID_CLIENT");
    await issueToken(server.anonymous, other);
  });

  test("do not lock out a client with the right secret", async () => {
    const generated = await clientOf("generated");
    await guessTenTimes(generated.clientId);
    await issueToken(server.anonymous, generated);
    const imported = await clientOf("imported");
    await issueToken(server.anonymous, imported);
    await guessTenTimes(imported.clientId);
    await issueToken(server.anonymous, imported);
  });

  test("of an unknown client are limited in the same way", async () => {
    for (const clientId of ["client_0123456789012345678901", "nobody@example.com"]) {
      await guessTenTimes(clientId);
      expect(await guess(clientId)).toEqual({ code: "RATE_LIMITED", retryAfterSeconds: 60 });
      server.clock.advance(60);
    }
  });

  test("are counted when they arrive at the same time", async () => {
    const { clientId } = await clientOf("generated");
    const codes = await Promise.all(
      Array.from({ length: 25 }, async () => (await guess(clientId)).code),
    );
    expect(codes.filter((code) => code === "INVALID_CLIENT")).toHaveLength(10);
    expect(codes.filter((code) => code === "RATE_LIMITED")).toHaveLength(15);
  });

  test("stay counted across a restart", async () => {
    const { clientId } = await clientOf("generated");
    await guessTenTimes(clientId);
    await server.restart();
    expect((await guess(clientId)).code).toBe("RATE_LIMITED");
  });

  test("with a wrong checksum are refused without being counted", async () => {
    const { clientId, clientSecret } = await clientOf("generated");
    const typo = `${clientSecret.slice(0, -1)}${clientSecret.endsWith("0") ? "1" : "0"}`;
    for (let attempt = 0; attempt < 15; attempt++) {
      expect((await guess(clientId, typo)).code).toBe("INVALID_CLIENT");
    }
  });

  test("are counted without storing client ids, addresses or secrets", async () => {
    const { clientId } = await clientOf("generated");
    await guess(clientId, "a-marker-of-a-guess");
    const { dataSource } = server.services.unitOfWork.read;
    const rows = JSON.stringify(await dataSource.query("SELECT * FROM rate_limit_counters"));
    expect(rows).not.toContain(clientId);
    expect(rows).not.toContain("127.0.0.1");
    expect(rows).not.toContain("a-marker-of-a-guess");
  });
});

describe("quotas", () => {
  let server: TestServer;
  let limiter: RateLimiter;

  beforeAll(async () => {
    server = await startTestServer();
    limiter = new RateLimiter(server.services.unitOfWork, server.clock);
  });

  afterAll(async () => {
    await server.stop();
  });

  const policy = (name: string, limit: number): RateLimitPolicy => ({
    name,
    limit,
    windowSeconds: 60,
    message: "Too many",
  });
  const REFUSED = { code: "RATE_LIMITED" };

  test("are consumed together or not at all, also concurrently", async () => {
    const roomy = policy("roomy", 2);
    const tight = policy("tight", 1);
    const count = () => limiter.consume([roomy, "a"], [tight, "b"]);
    const results = await Promise.allSettled([count(), count(), count(), count()]);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await limiter.consume([roomy, "a"]);
    await expect(limiter.consume([roomy, "a"])).rejects.toMatchObject(REFUSED);
  });

  test("are not increased by a refund after their window", async () => {
    const once = policy("once", 1);
    await limiter.consume([once, "a"]);
    server.clock.advance(60);
    await limiter.refund([once, "a"]);
    await limiter.consume([once, "a"]);
    await expect(limiter.consume([once, "a"])).rejects.toMatchObject(REFUSED);
  });
});
