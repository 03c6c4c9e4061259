import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { FlattenedSign, SignJWT } from "jose";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { sweepExpired } from "../support/housekeeping.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { attest, attestFailure, createProfile, MAPPING } from "./attestation-operations.js";
import {
  AUDIENCE,
  type ForeignIssuer,
  foreignIssuer,
  ISSUER,
  signAnything,
  unsignedJwt,
  validClaims,
} from "./foreign-issuer.js";

describe("a trusted auth token is refused", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;
  let attacker: ForeignIssuer;
  let profileId: string;
  let organizationId: string;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
    attacker = await foreignIssuer(server.clock);
    profileId = await createProfile(operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      canJitProvision: true,
    });
    organizationId = (await createOrganization(operator)).organizationId;
    await createMember(operator, organizationId);
  });

  afterAll(async () => {
    const { members } = await operator.request(
      `query ($organizationId: ID!) { members(organizationId: $organizationId) { totalCount } }`,
      { organizationId },
    );
    // No refused token has provisioned a member.
    expect(members.totalCount).toBe(1);
    await server.stop();
  });

  const reasonOf = async (token: string, profile = profileId) => {
    const { code, reason } = await attestFailure(operator, {
      profileId: profile,
      token,
      organizationId,
    });
    expect(code).toBe("INVALID_TRUSTED_AUTH_TOKEN");
    return reason;
  };
  const claims = (changes: Record<string, unknown> = {}) =>
    validClaims(server.clock, { email: "intruder@example.com", ...changes });
  const epoch = () => Math.floor(server.clock.now().getTime() / 1000);

  describe("because of its algorithm:", () => {
    test.each(["none", "None", "NONE", "nOnE", "", null, 5, ["RS256"]])("%j", async (alg) => {
      for (const signature of ["", "AAAA"]) {
        expect(await reasonOf(unsignedJwt({ alg, typ: "JWT" }, claims(), signature))).toBe(
          "ALGORITHM",
        );
      }
    });

    test.each(["rs256", "HS256", "HS512", "RSA-OAEP", "dir", "ES256K"])("%s", async (alg) => {
      expect(await reasonOf(unsignedJwt({ alg }, claims(), "AAAA"))).toBe("ALGORITHM");
    });

    test("HS256 with the public key as its secret", async () => {
      for (const secret of [issuer.pem, issuer.pem.trim(), JSON.stringify(issuer.jwk)]) {
        const unsigned = unsignedJwt({ alg: "HS256", typ: "JWT" }, claims(), "").slice(0, -1);
        const mac = createHmac("sha256", secret).update(unsigned).digest("base64url");
        expect(await reasonOf(`${unsigned}.${mac}`)).toBe("ALGORITHM");
      }
    });

    test("one that the profile's key does not support", async () => {
      const elliptic = await foreignIssuer(server.clock, "ES256");
      expect(await reasonOf(await elliptic.token())).toBe("ALGORITHM");
    });

    test("one that differs from the JWK's alg", async () => {
      const jwk = { ...issuer.jwk, alg: "RS256" };
      const profile = await createProfile(operator, { keys: { publicKeys: [{ jwk }] } });
      const token = await new SignJWT(claims())
        .setProtectedHeader({ alg: "RS512" })
        .sign((await foreignIssuer(server.clock, "RS512")).privateKey);
      expect(await reasonOf(token, profile)).toBe("ALGORITHM");
    });
  });

  describe("because of its signature:", () => {
    test("by another issuer's key", async () => {
      expect(await reasonOf(await attacker.token())).toBe("SIGNATURE");
    });

    test("missing, truncated or made for other claims", async () => {
      const [header, , signature] = (await issuer.token()).split(".");
      const payload = Buffer.from(JSON.stringify(claims())).toString("base64url");
      expect(await reasonOf(`${header}.${payload}.${signature}`)).toBe("SIGNATURE");
      const token = await issuer.token();
      expect(await reasonOf(token.slice(0, -8))).toBe("SIGNATURE");
      expect(await reasonOf(token.slice(0, token.lastIndexOf(".") + 1))).toBe("SIGNATURE");
    });

    test("with a key or a key URL in the header", async () => {
      const requestedPaths: string[] = [];
      const keyServer = createServer((request, response) => {
        requestedPaths.push(request.url ?? "");
        response.end(JSON.stringify({ keys: [attacker.jwk] }));
      });
      await new Promise<void>((listening) => keyServer.listen(0, "127.0.0.1", listening));
      const url = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/keys`;
      for (const header of [
        { jwk: attacker.jwk },
        { jku: url },
        { x5u: url },
        { x5c: ["MIIB"], x5t: "AAAA" },
      ]) {
        expect(await reasonOf(await attacker.token({}, header))).toBe("SIGNATURE");
        // With a valid signature, these header members are ignored.
        await attest(operator, {
          profileId,
          token: await issuer.token({}, header),
          organizationId,
        });
      }
      expect(requestedPaths).toEqual([]);
      await new Promise((closed) => keyServer.close(closed));
    });

    test.each([
      "../../../../dev/null",
      "x' OR '1'='1",
      "file:///etc/passwd",
      "\u0000",
      "a".repeat(5000),
    ])("with the kid %j", async (kid) => {
      expect(await reasonOf(await attacker.token({}, { kid }))).toBe("SIGNATURE");
    });
  });

  describe("because of its issuer:", () => {
    test.each([
      `${ISSUER}/`,
      ISSUER.toUpperCase(),
      `${ISSUER}.attacker.test`,
      `${ISSUER}@attacker.test`,
      ` ${ISSUER}`,
      "https://іssuer.example.com",
      "",
      [ISSUER],
      [ISSUER, "https://attacker.test"],
      { [ISSUER]: true },
      null,
    ])("%j", async (iss) => {
      expect(await reasonOf(await issuer.token({ iss }))).toBe("ISSUER");
    });
  });

  describe("because of its audience:", () => {
    test.each([
      "",
      "Authenticated",
      `${AUDIENCE} `,
      `${AUDIENCE},other`,
      "other",
      ["other"],
      [],
      [[AUDIENCE]],
      null,
      1,
    ])("%j", async (aud) => {
      // jose refuses to sign an aud of a wrong type.
      const token = await signAnything(issuer, { ...claims(), aud });
      expect(await reasonOf(token)).toBe("AUDIENCE");
    });
  });

  describe("because of its times:", () => {
    test("expired, with a tolerance of a minute", async () => {
      expect(await reasonOf(await issuer.token({ exp: epoch() - 60 }))).toBe("EXPIRED");
      const token = await issuer.token({ exp: epoch() - 59 });
      await attest(operator, { profileId, token, organizationId });
    });

    test("not yet valid, with a tolerance of a minute", async () => {
      expect(await reasonOf(await issuer.token({ nbf: epoch() + 61 }))).toBe("NOT_YET_VALID");
      expect(await reasonOf(await issuer.token({ iat: epoch() + 61 }))).toBe("NOT_YET_VALID");
      const token = await issuer.token({ nbf: epoch() + 60, iat: epoch() + 60 });
      await attest(operator, { profileId, token, organizationId });
    });

    test.each(["9999999999", null, true, [9_999_999_999], 1e300])("exp %j", async (exp) => {
      expect(await reasonOf(await signAnything(issuer, { ...claims(), exp }))).toBe("MALFORMED");
    });

    test.each(["nbf", "iat"])("%s that is not a number", async (name) => {
      expect(await reasonOf(await signAnything(issuer, { ...claims(), [name]: "1" }))).toBe(
        "MALFORMED",
      );
    });
  });

  test.each(["exp", "iss", "aud", "email", "session_id"])("without %s", async (name) => {
    expect(await reasonOf(await issuer.token({ [name]: undefined }))).toBe("CLAIM_MISSING");
  });

  test.each([
    ["email", "not an address"],
    ["email", ["ada@example.com", "eve@example.com"]],
    ["email", { toString: "ada@example.com" }],
    ["email", `${"a".repeat(250)}@example.com`],
    ["session_id", 1.5],
    ["session_id", "x".repeat(256)],
  ])("with an invalid %s", async (name, value) => {
    expect(await reasonOf(await issuer.token({ [name]: value }))).toBe("MALFORMED");
  });

  test("if a mapping names a property that JavaScript objects inherit", async () => {
    const profile = await createProfile(operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      attributeMapping: { ...MAPPING, tokenId: "constructor.name" },
    });
    expect(await reasonOf(await issuer.token(), profile)).toBe("CLAIM_MISSING");
  });

  describe("because of its format:", () => {
    test.each(["x", "a.b", "a.b.c", "a.b.c.d.e", "....", "{}", " ", "é.é.é", "a\n.b.c"])(
      "%j",
      async (token) => {
        expect(await reasonOf(token)).toBe("MALFORMED");
      },
    );

    test("JSON serialization", async () => {
      const jws = await new FlattenedSign(new TextEncoder().encode(JSON.stringify(claims())))
        .setProtectedHeader({ alg: "RS256" })
        .sign(issuer.privateKey);
      expect(await reasonOf(JSON.stringify(jws))).toBe("MALFORMED");
      const general = { payload: jws.payload, signatures: [jws] };
      expect(await reasonOf(JSON.stringify(general))).toBe("MALFORMED");
    });

    test("more than 16 KiB", async () => {
      expect(await reasonOf(await issuer.token({ padding: "x".repeat(200_000) }))).toBe(
        "MALFORMED",
      );
    });

    test("claims that are not an object", async () => {
      for (const payload of [null, [], "text", 5]) {
        expect(await reasonOf(await signAnything(issuer, payload))).toBe("MALFORMED");
      }
    });

    test("a critical header or a kid that is not a string", async () => {
      const token = unsignedJwt({ alg: "RS256", crit: ["exp"], exp: 1 }, claims(), "AAAA");
      expect(await reasonOf(token)).toBe("MALFORMED");
      const unencoded = unsignedJwt({ alg: "RS256", crit: ["b64"], b64: false }, claims(), "AAAA");
      expect(await reasonOf(unencoded)).toBe("MALFORMED");
      expect(await reasonOf(unsignedJwt({ alg: "RS256", kid: {} }, claims(), "AAAA"))).toBe(
        "MALFORMED",
      );
    });

    test("empty", async () => {
      expect(await attestFailure(operator, { profileId, token: "", organizationId })).toEqual({
        code: "BAD_USER_INPUT",
        path: ["input", "token"],
      });
    });
  });

  describe("when its id is for single use", () => {
    let singleUse: string;

    beforeAll(async () => {
      singleUse = await createProfile(operator, {
        keys: { publicKeys: [{ pem: issuer.pem }] },
        singleUseTokenId: true,
      });
    });

    test("and was used before", async () => {
      const token = await issuer.token({ session_id: "one" });
      await attest(operator, { profileId: singleUse, token, organizationId });
      expect(await reasonOf(token, singleUse)).toBe("REPLAYED");
      expect(await reasonOf(await issuer.token({ session_id: "one", jti: "new" }), singleUse)).toBe(
        "REPLAYED",
      );
      const other = await issuer.token({ session_id: "two" });
      await attest(operator, { profileId: singleUse, token: other, organizationId });
    });

    test("and was used before, if it expires in the last second of the year 9999", async () => {
      const token = await issuer.token({ session_id: "endless", exp: 253_402_300_799 });
      await attest(operator, { profileId: singleUse, token, organizationId });
      await sweepExpired(server);
      expect(await reasonOf(token, singleUse)).toBe("REPLAYED");
    });

    test("in all but one of several concurrent uses", async () => {
      const token = await issuer.token({ session_id: "race" });
      const answers = await Promise.allSettled(
        Array.from({ length: 8 }, () =>
          attest(operator, { profileId: singleUse, token, organizationId }),
        ),
      );
      expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    });

    test("but not after an attestation that failed", async () => {
      const token = await issuer.token({ session_id: "three", email: "late@example.com" });
      expect(
        await attestFailure(operator, { profileId: singleUse, token, organizationId }),
      ).toEqual({
        code: "MEMBER_NOT_FOUND",
      });
      const input = { profileId: singleUse, token, organizationId };
      const { memberId } = await createMember(operator, organizationId, {
        emailAddress: "late@example.com",
      });
      await attest(operator, input);
      await operator.request(
        `mutation ($input: DeleteMemberInput!) { deleteMember(input: $input) { memberId } }`,
        { input: { memberId } },
      );
    });

    test("but not in another profile", async () => {
      const other = await createProfile(operator, {
        keys: { publicKeys: [{ pem: issuer.pem }] },
        singleUseTokenId: true,
      });
      const token = await issuer.token({ session_id: "both" });
      await attest(operator, { profileId: singleUse, token, organizationId });
      await attest(operator, { profileId: other, token, organizationId });
    });
  });

  test("without its content in the response or in the log", async () => {
    const marker = "marker-7f3a@secret.test";
    const token = await issuer.token({ email: marker, iss: marker });
    const answer = await operator.send(
      `mutation ($input: AttestSessionInput!) { attestSession(input: $input) { sessionJwt } }`,
      { input: { profileId, token, organizationId } },
    );
    for (const secret of [marker, token]) {
      expect(answer.body).not.toContain(secret);
      expect(server.logs()).not.toContain(secret);
    }
  });
});
