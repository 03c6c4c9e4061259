import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import { secretFile, type TokenSourceOptions } from "@countersign/sdk/client";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import {
  errorAnswer,
  freezeTime,
  ScriptedEndpoint,
  type TokenRequestSeen,
  tokenAnswer,
  whileTimePasses,
} from "./scripted-endpoint.js";

/** Decodes as RFC 6749 section 2.3.1 says: HTTP Basic of two form-encoded texts. */
function basicOf({ headers }: TokenRequestSeen): string[] {
  const [, base64 = ""] = (headers.get("authorization") ?? "").split("Basic ");
  const pair = Buffer.from(base64, "base64").toString();
  return pair.split(":").map((text) => decodeURIComponent(text.replaceAll("+", " ")));
}

describe("a token source's client secret", () => {
  let endpoint: ScriptedEndpoint;
  /** what the server knows */
  let valid: Set<string>;

  beforeEach(() => {
    freezeTime();
    valid = new Set(["new"]);
    endpoint = new ScriptedEndpoint((request, number) => {
      const [, secret = ""] = basicOf(request);
      const isValid = valid.has(secret);
      return isValid
        ? tokenAnswer(`token-${number}`, { expires_in: undefined })
        : errorAnswer(401, "invalid_client");
    });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const source = (options: Partial<TokenSourceOptions> = {}) =>
    endpoint.source({ clientSecret: () => ["old", "new"], ...options });
  const sent = () => endpoint.requests.map((request) => basicOf(request)[1]);

  test("is form-encoded within HTTP Basic, and plain in the body", async () => {
    const clientSecret = "p:ä +%&=/~🔑";
    valid.add(clientSecret);
    await source({ clientSecret, clientId: "a:b c" }).getToken();
    expect(basicOf(endpoint.requests[0] as TokenRequestSeen)).toEqual(["a:b c", clientSecret]);
    endpoint.script = () => tokenAnswer("t");
    await source({ clientSecret, clientAuthentication: "client_secret_post" }).getToken();
    const [, { form, headers } = { form: {}, headers: new Headers() }] = endpoint.requests;
    expect(form).toEqual({
      grant_type: "client_credentials",
      client_id: "client",
      client_secret: clientSecret,
    });
    expect(headers.has("authorization")).toBe(false);
  });

  test("is followed by the next one when it is refused, and the one that worked comes first from then on", async () => {
    const tokens = source();
    await tokens.getToken();
    await tokens.getToken();
    await jest.advanceTimersByTimeAsync(3_600_000);
    await tokens.getToken();
    expect(sent()).toEqual(["old", "new", "new", "new"]);
    valid = new Set(["old"]);
    await tokens.getToken();
    await tokens.getToken();
    expect(sent().slice(4)).toEqual(["new", "old", "old"]);
  });

  test("is followed by the next one also when the server has seen too many wrong ones", async () => {
    endpoint.script = (request) =>
      basicOf(request)[1] === "new"
        ? tokenAnswer("a-token")
        : errorAnswer(429, "temporarily_unavailable", { "retry-after": "60" });
    expect((await source().getToken()).accessToken).toBe("a-token");
  });

  test("is not sent again and again when it is refused: at most ten wrong ones in any minute", async () => {
    valid.clear();
    const tokens = source();
    const also = tokens.for({ audience: "https://other.test" });
    for (let second = 0; second < 600; second++) {
      await tokens.getToken().catch(() => {});
      await also.getToken().catch(() => {});
      await jest.advanceTimersByTimeAsync(1_000);
    }
    const times = endpoint.requests.map(({ at }) => at);
    for (const [index, at] of times.entries()) {
      const eleventh = times[index + 10];
      if (eleventh) expect(eleventh - at).toBeGreaterThanOrEqual(60_000);
    }
    expect(times.length).toBeGreaterThan(10);
  });

  test("works at once when another one takes the place of a refused one", async () => {
    let clientSecret = "mistyped";
    const tokens = source({ clientSecret: async () => clientSecret });
    await expect(tokens.getToken()).rejects.toMatchObject({ code: "invalid_client", status: 401 });
    clientSecret = "new";
    await tokens.getToken();
    expect(sent()).toEqual(["mistyped", "new"]);
  });

  test("is read from a file for each request, one a line", async () => {
    jest.useRealTimers();
    const folder = mkdtempSync(path.join(tmpdir(), "secret-file-"));
    const file = path.join(folder, "secret");
    try {
      const tokens = source({ clientSecret: secretFile(file) });
      await expect(tokens.getToken()).rejects.toMatchObject({ code: "ENOENT" });
      writeFileSync(file, "\n");
      await expect(tokens.getToken()).rejects.toThrow("clientSecret has no secret");
      writeFileSync(file, "old\r\nnew\n");
      await tokens.getToken();
      valid = new Set(["newer"]);
      writeFileSync(file, "newer\n");
      await tokens.getToken();
      expect(sent()).toEqual(["old", "new", "newer"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("shows in no output of the source, of its errors or of its hooks", async () => {
    const secret = "correct horse battery staple";
    const failures: unknown[] = [];
    endpoint.script = ({ headers }) =>
      Response.json(
        {
          code: "invalid_client",
          error_description: `Not a secret: ${secret}\nat all, ${headers.get("authorization")}`,
        },
        { status: 401 },
      );
    const tokens = source({
      clientSecret: secret,
      onRenewalFailure: (error) => failures.push(error),
    });
    const error = await whileTimePasses(tokens.getToken()).catch((thrown: unknown) => thrown);
    endpoint.script = (_, number) =>
      number === 2 ? tokenAnswer("the-token") : Promise.reject(new TypeError("fetch failed"));
    await jest.advanceTimersByTimeAsync(4_000);
    await tokens.getToken();
    await jest.advanceTimersByTimeAsync(3_000_000);
    await tokens.getToken();
    await jest.advanceTimersByTimeAsync(0);
    expect(failures).toHaveLength(1);
    const basic = Buffer.from("client:correct+horse+battery+staple").toString("base64");
    for (const value of [tokens, tokens.for({}), error, ...failures]) {
      const shown = [
        inspect(value, { depth: 10, showHidden: true }),
        JSON.stringify(value),
        String(value),
      ].join();
      for (const credential of [secret, basic, "the-token"]) {
        expect(shown).not.toContain(credential);
      }
    }
  });
});
