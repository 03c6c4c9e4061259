import { inspect } from "node:util";
import { createVerifier, type RevocationOptions } from "@countersign/sdk/verify";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { waitUntil } from "../../support/wait-until.js";
import { type Answer, advance, fakeDate, ScriptedIssuer, unreachable } from "./scripted-issuer.js";

const REVOKED = { name: "TokenRefused", code: "REVOKED", status: 401 };
const UNAVAILABLE = { name: "TokenRefused", code: "REVOCATION_UNAVAILABLE", status: 503 };
const CREDENTIALS = { clientId: "client:of the API", clientSecret: "secret" };

describe("a verifier that asks whether a token has been revoked", () => {
  let issuer: ScriptedIssuer;
  let introspect: Answer;
  let questions: { url: string; init: RequestInit }[];
  let failures: Error[];

  beforeEach(async () => {
    fakeDate();
    issuer = new ScriptedIssuer();
    await issuer.createKey("key_1");
    introspect = () => Response.json({ active: true });
    questions = [];
    failures = [];
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const verifierWith = (revocation: Partial<RevocationOptions> = {}) =>
    createVerifier({
      ...issuer.options,
      revocation: { ...CREDENTIALS, ...revocation },
      onRevocationFailure: (error) => failures.push(error),
      fetch: async (url, init) => {
        if (!url.endsWith("/oauth/introspect")) return issuer.fetch(url, init);
        questions.push({ url, init });
        return introspect();
      },
    });

  test("asks the issuer as a client of its own (RFC 7662)", async () => {
    const token = await issuer.token("key_1");
    await verifierWith().verifyAccessToken(token);
    const [{ url, init }] = questions as [(typeof questions)[0]];
    expect(url).toBe(`${issuer.issuer}/oauth/introspect`);
    expect(init).toMatchObject({ method: "POST", redirect: "manual", signal: expect.anything() });
    expect(String(init.body)).toBe(`token=${token}`);
    const { authorization = "" } = init.headers as Record<string, string>;
    const [scheme, credentials = ""] = authorization.split(" ");
    expect(scheme).toBe("Basic");
    expect(Buffer.from(credentials, "base64").toString()).toBe("client%3Aof+the+API:secret");
  });

  test("remembers for half a minute that a token is active, and asks once at a time", async () => {
    const verifier = verifierWith();
    const token = await issuer.token("key_1");
    await Promise.all(Array.from({ length: 50 }, () => verifier.verifyAccessToken(token)));
    advance(29);
    await verifier.verifyAccessToken(token);
    expect(questions).toHaveLength(1);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    expect(questions).toHaveLength(2);
    introspect = () => Response.json({ active: false });
    advance(1);
    await expect(verifier.verifyAccessToken(token)).rejects.toMatchObject(REVOKED);
  });

  test("remembers a revoked token until it expires", async () => {
    const verifier = verifierWith({ maxAgeSeconds: 0 });
    const token = await issuer.token("key_1");
    introspect = () => Response.json({ active: false });
    await expect(verifier.verifyAccessToken(token)).rejects.toMatchObject(REVOKED);
    introspect = () => Response.json({ active: true });
    advance(3000);
    await expect(verifier.verifyAccessToken(token)).rejects.toMatchObject(REVOKED);
    expect(questions).toHaveLength(1);
  });

  test("asks only about tokens that are valid otherwise", async () => {
    const verifier = verifierWith();
    const tokens = [
      await issuer.token("key_1", { aud: "https://other.example.com" }),
      await issuer.token("key_1", { exp: 1 }),
      `${await issuer.token("key_1")}AA`,
    ];
    for (const token of tokens) {
      await expect(verifier.verifyAccessToken(token)).rejects.toMatchObject({ status: 401 });
    }
    expect(questions).toEqual([]);
  });

  test("reads the secret at each question", async () => {
    const secrets = ["first", "second"];
    const verifier = verifierWith({ clientSecret: async () => secrets.shift() ?? "" });
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    const sent = questions.map(
      ({ init }) => (init.headers as Record<string, string>)["authorization"],
    );
    expect(new Set(sent).size).toBe(2);
  });

  test.each<[string, Answer]>([
    ["nobody answers", unreachable],
    ["the issuer fails", () => Response.json({ active: true }, { status: 503 })],
    [
      "the credentials are wrong",
      () => Response.json({ error: "invalid_client" }, { status: 401 }),
    ],
    ["the answer redirects", () => Response.json({ active: true }, { status: 302 })],
    ["the answer says nothing", () => Response.json({})],
    ["the answer is no boolean", () => Response.json({ active: "true" })],
    ["the answer is null", () => Response.json(null)],
    ["the answer is no JSON", () => new Response("active")],
  ])("refuses the token if %s, though not as invalid", async (_, answer) => {
    introspect = answer;
    const verifier = verifierWith();
    const token = await issuer.token("key_1");
    const refusal = await verifier.verifyAccessToken(token).catch((error: unknown) => error);
    expect(refusal).toMatchObject(UNAVAILABLE);
    expect(failures).toEqual([expect.any(Error)]);
    expect(JSON.stringify([refusal, String(failures[0])])).not.toMatch(/secret|eyJ/);
    introspect = () => Response.json({ active: true });
    advance(1);
    await verifier.verifyAccessToken(token);
  });

  test("accepts the token instead where the application says so", async () => {
    introspect = unreachable;
    const verifier = verifierWith({ onUnavailable: "accept" });
    const token = await issuer.token("key_1");
    await verifier.verifyAccessToken(token);
    introspect = () => Response.json({ active: false });
    advance(1);
    await expect(verifier.verifyAccessToken(token)).rejects.toMatchObject(REVOKED);
  });

  test("does not accept the token instead where the issuer refuses the verifier's own credentials", async () => {
    introspect = () => Response.json({ error: "invalid_client" }, { status: 401 });
    const verifier = verifierWith({ onUnavailable: "accept" });
    const token = await issuer.token("key_1");
    // The second one comes in the pause after the first.
    await expect(verifier.verifyAccessToken(token)).rejects.toMatchObject(UNAVAILABLE);
    await expect(verifier.verifyAccessToken(token)).rejects.toMatchObject(UNAVAILABLE);
    expect(questions).toHaveLength(1);
    introspect = () => Response.json({}, { status: 429 });
    advance(1);
    await verifier.verifyAccessToken(token);
  });

  test("asks one question at a time while none is answered", async () => {
    introspect = unreachable;
    const verifier = verifierWith();
    await expect(verifier.verifyAccessToken(await issuer.token("key_1"))).rejects.toMatchObject(
      UNAVAILABLE,
    );
    advance(1);
    let answer: (response: Response) => void = () => {};
    introspect = () => new Promise((resolve) => (answer = resolve));
    const probe = verifier.verifyAccessToken(await issuer.token("key_1"));
    await waitUntil(() => questions.length === 2);
    for (let index = 0; index < 20; index++) {
      await expect(verifier.verifyAccessToken(await issuer.token("key_1"))).rejects.toMatchObject(
        UNAVAILABLE,
      );
    }
    answer(Response.json({ active: true }));
    await probe;
    expect(questions).toHaveLength(2);
  });

  test("asks again where the runtime has dropped a question without a word", async () => {
    const verifier = verifierWith();
    const token = await issuer.token("key_1");
    introspect = () => new Promise(() => {});
    const dropped = verifier.verifyAccessToken(token).catch(() => {});
    await waitUntil(() => questions.length === 1);
    advance(6);
    introspect = () => Response.json({ active: true });
    await verifier.verifyAccessToken(token);
    expect(questions).toHaveLength(2);
    await dropped;
  });

  test("keeps the request and its answer out of what it says of a failure", async () => {
    const verifier = verifierWith();
    const token = await issuer.token("key_1");
    introspect = () => new Response(`Bad request: ${token}`);
    const error: unknown = await verifier.verifyAccessToken(token).catch((thrown) => thrown);
    expect(error).toMatchObject(UNAVAILABLE);
    advance(2);
    introspect = () => {
      const data = `HTTP/1.1 200 OK\r\n\r\n${token}`;
      const cause = Object.assign(new Error("Invalid header"), { code: "HPE_INVALID", data });
      throw new TypeError("fetch failed", { cause });
    };
    const second: unknown = await verifier.verifyAccessToken(token).catch((thrown) => thrown);
    const shown = inspect([error, second, failures], { depth: 10, showHidden: true });
    expect(shown).toContain("HPE_INVALID");
    expect(shown).not.toContain(token.slice(0, 10));
  });

  test("asks where a request says so, and not where it says otherwise", async () => {
    const verifier = verifierWith();
    const token = await issuer.token("key_1");
    await verifier.verifyAccessToken(token, { revocation: false });
    expect(questions).toEqual([]);
    await verifier.verifyAccessToken(token, { revocation: true });
    expect(questions).toHaveLength(1);
    const withoutRevocation = createVerifier(issuer.options);
    await expect(withoutRevocation.verifyAccessToken(token, { revocation: true })).rejects.toThrow(
      TypeError,
    );
  });
});
