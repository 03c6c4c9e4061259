import { generateKeyPairSync, sign } from "node:crypto";
import { createVerifier, type PossessionProof, TokenRefused } from "@countersign/sdk/verify";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isSameTarget as isSameTargetOfSdk } from "../../../sdk/src/verify/dpop-proof.js";
import { coversScopes, PERMISSIONS as PERMISSIONS_OF_SDK } from "../../../sdk/src/verify/scopes.js";
import { PERMISSIONS } from "../../../src/shared/permissions.js";
import { scopeMatcher } from "../../../src/shared/scopes.js";
import { isSameTarget } from "../../../src/tokens/dpop-proofs.js";
import { AUDIENCE } from "./scripted-issuer.js";

const ISSUER = "https://auth.example.com";
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const keys = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "key_1", alg: "ES256" }] };
const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, keys });

const HEADER = { alg: "ES256", kid: "key_1", typ: "at+jwt" };
const CLAIMS = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: "client_1",
  client_id: "client_1",
  iat: 1,
  exp: 2 ** 40,
  jti: "jti_1",
};

const encode = (value: unknown) => Buffer.from(JSON.stringify(value) ?? "").toString("base64url");

function signed(header: unknown, claims: unknown): string {
  const text = `${encode(header)}.${encode(claims)}`;
  const key = { key: privateKey, dsaEncoding: "ieee-p1363" as const };
  return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}

/** @returns whether the token is accepted; anything but a TokenRefused fails the test */
async function isAccepted(verification: Promise<unknown>): Promise<boolean> {
  return verification.then(
    () => true,
    (error: unknown) => {
      expect(error).toBeInstanceOf(TokenRefused);
      expect(error).toMatchObject({ status: 401 });
      return false;
    },
  );
}

const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>;
/** The members, some of which are left out, replaced or added. */
const changed = (members: object) =>
  fc
    .tuple(
      fc.dictionary(
        fc.constantFrom(...Object.keys(members), "crit", "b64", "nbf", "cnf", "scope"),
        json,
        {
          maxKeys: 3,
        },
      ),
      fc.subarray(Object.keys(members), { maxLength: 2 }),
    )
    .map(([changes, omitted]) => {
      const merged: Record<string, unknown> = { ...members, ...changes };
      for (const name of omitted) delete merged[name];
      return merged;
    });

describe("a verifier, whatever it is given", () => {
  const valid = signed(HEADER, CLAIMS);

  test("accepts the token that the others are made of", async () => {
    await verifier.verifyAccessToken(valid);
  });

  test("refuses every text that is no token", async () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.stringMatching(/^[\w-]*\.[\w-]*\.[\w-]*$/),
      fc.tuple(json, json, fc.base64String()).map(([h, c, s]) => `${encode(h)}.${encode(c)}.${s}`),
    );
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        expect(await isAccepted(verifier.verifyAccessToken(token))).toBe(false);
        expect(await isAccepted(verifier.verifySession(token))).toBe(false);
      }),
    );
  });

  test("refuses a valid token with any change", async () => {
    const change = fc.tuple(
      fc.nat(valid.length),
      fc.nat(3),
      fc.string({ unit: "grapheme", maxLength: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(change, async ([start, length, text]) => {
        const token = valid.slice(0, start) + text + valid.slice(start + length);
        expect(await isAccepted(verifier.verifyAccessToken(token))).toBe(token === valid);
      }),
    );
  });

  test("refuses what is no text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (value) => {
        fc.pre(typeof value !== "string");
        expect(await isAccepted(verifier.verifyAccessToken(value as string))).toBe(false);
        expect(await isAccepted(verifier.verifySession(value as string))).toBe(false);
      }),
    );
  });

  test("tells values of the right types, whatever the issuer's key has signed", async () => {
    await fc.assert(
      fc.asyncProperty(changed(HEADER), changed(CLAIMS), async (header, claims) => {
        const verification = verifier.verifyAccessToken(signed(header, claims));
        if (!(await isAccepted(verification))) return;
        const token = await verification;
        const texts = [token.clientId, token.subject, token.issuer, token.jti, ...token.scopes];
        expect(texts.every((value) => typeof value === "string")).toBe(true);
        expect(token).toMatchObject({
          issuer: ISSUER,
          subject: expect.stringContaining(token.clientId),
        });
        expect(token.audience).toContain(AUDIENCE);
        expect(token.expiresAt.getTime()).toBeGreaterThan(Date.now());
      }),
    );
  });

  test("refuses every proof that is none", async () => {
    const bound = signed(HEADER, { ...CLAIMS, cnf: { jkt: "jkt", "x5t#S256": "x5t" } });
    const dpopBound = signed(HEADER, { ...CLAIMS, cnf: { jkt: "jkt" } });
    const proof = fc.record(
      {
        dpop: fc.record({
          proof: fc.oneof(
            fc.string(),
            fc.constant(valid),
            changed({ typ: "dpop+jwt", alg: "ES256" }).map((header) => signed(header, CLAIMS)),
          ),
          httpMethod: fc.string(),
          url: fc.oneof(fc.string(), fc.webUrl()),
        }),
        clientCertificate: fc.oneof(fc.string(), fc.uint8Array()),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(proof, fc.constantFrom(bound, dpopBound), async (given, token) => {
        const options = { proof: given as PossessionProof };
        expect(await isAccepted(verifier.verifyAccessToken(token, options))).toBe(false);
      }),
    );
  });
});

describe("a verifier and the server", () => {
  test("know the same permissions", () => {
    expect([...PERMISSIONS_OF_SDK].sort()).toEqual([...PERMISSIONS].sort());
  });

  test("let no wildcard cover a permission", () => {
    for (const permission of PERMISSIONS) {
      const wildcard = permission.replace(/:.*/, ":*");
      expect(coversScopes([wildcard], [permission])).toBe(false);
      expect(coversScopes([wildcard], [`${permission}s`])).toBe(true);
      expect(coversScopes([permission], [permission])).toBe(true);
    }
  });

  test("cover scopes alike", () => {
    const word = fc.constantFrom("read", "write", "settings", "clients", "*", "a", "", "users");
    const scope = fc.oneof(
      fc.constantFrom<string>(...PERMISSIONS),
      fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(":")),
    );
    fc.assert(
      fc.property(
        fc.array(scope, { maxLength: 5 }),
        fc.array(scope, { maxLength: 3 }),
        (granted, required) => {
          expect(coversScopes(granted, required)).toBe(required.every(scopeMatcher(granted)));
        },
      ),
    );
  });

  test("compare the URLs of proofs alike", () => {
    const url = fc.oneof(
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.constantFrom(
        "https://a.example/",
        "HTTPS://A.example:443",
        "http://a.example:443/",
        "a:b",
        "data:1",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(url, url, fc.boolean(), (htu, other, isSame) => {
        const target = isSame ? htu : other;
        expect(isSameTargetOfSdk(htu, target)).toBe(isSameTarget(htu, target));
      }),
    );
  });
});
