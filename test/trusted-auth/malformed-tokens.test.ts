import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  createMember,
  createOrganization,
  type OrganizationView,
} from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { runs } from "../support/property-runs.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { attest, attestFailure, createProfile, testProfile } from "./attestation-operations.js";
import {
  AUDIENCE,
  type ForeignIssuer,
  foreignIssuer,
  ISSUER,
  signAnything,
  signParts,
  signText,
  validClaims,
} from "./foreign-issuer.js";

interface Mutation {
  kind: "replace" | "insert" | "delete" | "cut" | "swap";
  at: number;
  with: string;
}

/** A token can be written in many ways, of which exactly one is accepted. */
describe("the format of a trusted auth token", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;
  let profileId: string;
  let organization: OrganizationView;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
    profileId = await createProfile(operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      canJitProvision: true,
    });
    organization = await createOrganization(operator);
    await createMember(operator, organization.organizationId);
  });

  afterAll(async () => {
    await server.stop();
  });

  const attestWith = (token: string) =>
    attest(operator, { profileId, token, organizationId: organization.organizationId });
  const reasonOf = async (token: string) => {
    const { organizationId } = organization;
    const { code, reason } = await attestFailure(operator, { profileId, token, organizationId });
    expect(code).toBe("INVALID_TRUSTED_AUTH_TOKEN");
    return reason;
  };
  const encode = (text: string) => Buffer.from(text).toString("base64url");
  const HEADER = encode('{"alg":"RS256"}');
  const claims = (changes: Record<string, unknown> = {}) => validClaims(server.clock, changes);
  /** Valid claims with another member in front, which JSON.parse would override. */
  const withLeadingMember = (name: string, value: unknown) =>
    `{${JSON.stringify(name)}:${JSON.stringify(value)},${JSON.stringify(claims()).slice(1)}`;

  test("is accepted if this test's own signing assembles a valid token", async () => {
    await attestWith(await signParts(issuer, HEADER, encode(JSON.stringify(claims()))));
  });

  test.each(["iss", "aud", "exp", "sub", "email", "session_id"])(
    "must not repeat the claim %s, even with the same value",
    async (name) => {
      expect(await reasonOf(await signText(issuer, withLeadingMember(name, "x")))).toBe(
        "MALFORMED",
      );
      const same = withLeadingMember(name, claims()[name]);
      expect(await reasonOf(await signText(issuer, same))).toBe("MALFORMED");
    },
  );

  test("must not repeat a claim in escaped or nested form", async () => {
    const escaped = JSON.stringify(claims()).replace("{", '{"i\\u0073s":"x",');
    expect(await reasonOf(await signText(issuer, escaped))).toBe("MALFORMED");
    const nested = JSON.stringify(claims()).replace("{", '{"user":{"id":1,"id":2},');
    expect(await reasonOf(await signText(issuer, nested))).toBe("MALFORMED");
  });

  test.each(['{"alg":"none","alg":"RS256"}', '{"alg":"RS256","alg":"none"}', '{"alg":"RS256",}'])(
    "must not have the header %s",
    async (header) => {
      const token = await signParts(issuer, encode(header), encode(JSON.stringify(claims())));
      expect(await reasonOf(token)).toBe("MALFORMED");
    },
  );

  test("must be UTF-8 JSON without a byte order mark", async () => {
    const text = JSON.stringify(claims());
    expect(await reasonOf(await signText(issuer, `\ufeff${text}`))).toBe("MALFORMED");
    const latin = Buffer.from(text.replace("user-1", "us\u00e9r"), "latin1");
    expect(await reasonOf(await signText(issuer, latin))).toBe("MALFORMED");
    expect(await reasonOf(await signText(issuer, Buffer.from(text, "utf16le")))).toBe("MALFORMED");
    expect(await reasonOf(await signText(issuer, `${text}${text}`))).toBe("MALFORMED");
  });

  test.each(["=", "==", " ", "\n", "\t", "%3D"])(
    "must not have %j after any part",
    async (padding) => {
      const parts = (await issuer.token()).split(".");
      for (const index of [0, 1, 2]) {
        const padded = parts.map((part, at) => (at === index ? part + padding : part));
        expect(await reasonOf(padded.join("."))).toBe("MALFORMED");
      }
    },
  );

  test("must not have excess bits in its last characters", async () => {
    const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const nextTo = (part: string) =>
      part.slice(0, -1) + ALPHABET[ALPHABET.indexOf(part.at(-1) ?? "") + 1];
    // 256 bytes leave four unused bits in the signature's last character.
    const token = await issuer.token();
    const signatureOf = (text: string) => Buffer.from(text.split(".")[2] ?? "", "base64url");
    expect(signatureOf(nextTo(token))).toEqual(signatureOf(token));
    expect(await reasonOf(nextTo(token))).toBe("SIGNATURE");
    // Spaces pad the parts to a length with unused bits.
    const withExcessBits = (text: string) => {
      let padded = text;
      while (Buffer.byteLength(padded) % 3 === 0) padded += " ";
      return nextTo(encode(padded));
    };
    const header = withExcessBits('{"alg":"RS256"}');
    const payload = withExcessBits(JSON.stringify(claims()));
    expect(await reasonOf(await signParts(issuer, header, encode(JSON.stringify(claims()))))).toBe(
      "MALFORMED",
    );
    expect(await reasonOf(await signParts(issuer, HEADER, payload))).toBe("MALFORMED");
  });

  test("must use the base64url alphabet, not base64", async () => {
    const payload = encode(JSON.stringify(claims({ x: "???>>>" }))).replaceAll("_", "/");
    expect(payload).toContain("/");
    expect(await reasonOf(await signParts(issuer, HEADER, payload))).toBe("MALFORMED");
  });

  test("must have a signature of the key's length", async () => {
    const token = await issuer.token();
    for (const cut of [1, 2, 3, 4, 8, 171]) {
      expect(await reasonOf(token.slice(0, -cut))).toBe("SIGNATURE");
    }
    expect(await reasonOf(`${token}AAAA`)).toBe("SIGNATURE");
    expect(await reasonOf(`${token}.`)).toBe("MALFORMED");
  });

  test("must not be deeply nested or long", async () => {
    const deep = (depth: number) => JSON.parse("[".repeat(depth) + "]".repeat(depth)) as unknown;
    await attestWith(await signAnything(issuer, claims({ deep: deep(31) })));
    expect(await reasonOf(await signAnything(issuer, claims({ deep: deep(32) })))).toBe(
      "MALFORMED",
    );
    const deeper = withLeadingMember("deep", 0).replace("0", "[".repeat(5000) + "]".repeat(5000));
    expect(await reasonOf(await signText(issuer, deeper))).toBe("MALFORMED");
    const long = await signAnything(issuer, claims({ padding: "x".repeat(150_000) }));
    expect(long.length).toBeGreaterThan(200_000);
    expect(await reasonOf(long)).toBe("MALFORMED");
    expect(await reasonOf(`${HEADER}.${"[".repeat(200_000)}.AAAA`)).toBe("MALFORMED");
  });

  test.each([
    [{ crit: ["exp"] }],
    [{ crit: [] }],
    [{ crit: null }],
    [{ crit: "b64" }],
    [{ crit: ["b64"], b64: true }],
    [{ crit: ["http://attacker.test/ext"], "http://attacker.test/ext": 1 }],
  ])("must not have a critical extension: %j", async (extension) => {
    const header = encode(JSON.stringify({ alg: "RS256", ...extension }));
    const token = await signParts(issuer, header, encode(JSON.stringify(claims())));
    expect(await reasonOf(token)).toBe("MALFORMED");
  });

  test("is checked in the same way by a profile test", async () => {
    const token = await signText(issuer, withLeadingMember("iss", "x"));
    const { organizationId } = organization;
    const { checks } = await testProfile(operator, { profileId, token, organizationId });
    expect(checks[0]).toMatchObject({ check: "FORM", status: "FAILED", reason: "MALFORMED" });
  });

  describe.each([
    ["iss", ISSUER, "ISSUER"],
    ["aud", AUDIENCE, "AUDIENCE"],
  ])("%s must match exactly and is refused as", (name, valid, reason) => {
    test.each<unknown>([
      `${valid}/`,
      ` ${valid}`,
      `${valid} `,
      `${valid}\u200b`,
      `\ufeff${valid}`,
      valid.replace("i", "\u0456"),
      valid.replace("t", "\uff54"),
      valid.normalize("NFD").replace("e", "e\u0301"),
      valid.toUpperCase(),
      valid.replace("t", "T"),
      `${valid}\u0000`,
      `${valid}%00`,
      `${valid}#`,
      `${valid}?`,
      encodeURIComponent(`${valid}/`),
      [[valid]],
      { 0: valid },
      { toString: valid },
      true,
      0,
    ])("%j", async (value) => {
      expect(await reasonOf(await signAnything(issuer, claims({ [name]: value })))).toBe(reason);
    });
  });

  test("is refused after any random change", async () => {
    const token = await issuer.token();
    const { organizationId } = organization;
    const characters = fc.constantFrom(..."ABCabc019-_.= {}");
    const position = fc.nat({ max: token.length - 1 });
    const kind = fc.constantFrom<Mutation["kind"]>("replace", "insert", "delete", "cut", "swap");
    const mutation: fc.Arbitrary<Mutation> = fc.record({ kind, at: position, with: characters });
    const apply = (text: string, { kind, at, with: added }: Mutation) => {
      if (kind === "cut") return text.slice(0, at);
      if (kind === "insert") return text.slice(0, at) + added + text.slice(at);
      if (kind === "swap") {
        return text.slice(0, at) + (text[at + 1] ?? "") + (text[at] ?? "") + text.slice(at + 2);
      }
      return text.slice(0, at) + added + text.slice(at + 1);
    };
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 0, maxLength: 3 }), async (mutations) => {
        const mutated = mutations.reduce(apply, token);
        if (mutated === "") return;
        const { outcome } = await testProfile(operator, {
          profileId,
          token: mutated,
          organizationId,
        });
        expect(outcome === "MEMBER_FOUND").toBe(mutated === token);
      }),
      { numRuns: runs(150) },
    );
    await attestWith(token);
  });
});
