import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  ASSERTION_TYPE,
  assertion,
  clientKey,
  dpopProof,
  GRANT,
  post,
  requestToken,
  tokenPath,
} from "../oauth/oauth-operations.js";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import { createClient, issueToken, tokenFailure } from "../support/operations.js";
import {
  type ServerProcess,
  type ServerProcesses,
  serverProcesses,
} from "../support/server-process.js";
import { attest, attestFailure, createProfile } from "../trusted-auth/attestation-operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";

describe("of two processes on one database, what one has counted or taken the other knows:", () => {
  let processes: ServerProcesses;
  let one: ServerProcess;
  let other: ServerProcess;

  beforeAll(async () => {
    processes = await serverProcesses();
    [one, other] = await Promise.all([processes.start(), processes.start()]);
  });

  afterAll(async () => {
    await processes.cleanUp();
  });

  test("a client's assertion, one after another and both at once", async () => {
    const key = await clientKey();
    const { clientId } = await createClient(one.operator, {
      tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
      publicKeys: [key.pem],
    });
    const ask = async (server: ServerProcess, client_assertion: string) => {
      const parameters = { ...GRANT, client_assertion_type: ASSERTION_TYPE, client_assertion };
      return (await post(server, tokenPath(server), parameters)).status;
    };
    const first = await assertion(one, clientId, key);
    expect([await ask(one, first), await ask(other, first)]).toEqual([200, 401]);
    for (let round = 0; round < 10; round++) {
      const once = await assertion(one, clientId, key);
      const statuses = await Promise.all([ask(one, once), ask(other, once)]);
      expect(statuses.sort()).toEqual([200, 401]);
    }
  });

  test("a DPoP proof, with a nonce of either", async () => {
    const key = await clientKey();
    const client = await createClient(one.operator);
    const ask = (server: ServerProcess, dpop: string) => requestToken(server, client, {}, { dpop });
    const challenge = await ask(one, await dpopProof(one, key));
    const nonce = challenge.headers.get("dpop-nonce") ?? "";
    const proof = await dpopProof(one, key, { claims: { nonce } });
    expect((await ask(other, proof)).status).toBe(200);
    const again = await ask(one, proof);
    expect([again.status, again.body.error]).toEqual([400, "invalid_dpop_proof"]);
  });

  test("a trusted auth token of single use", async () => {
    const issuer = await foreignIssuer(one.clock);
    const settings = { publicKeys: [issuer.pem], singleUseTokenId: true };
    const profileId = await createProfile(one.operator, settings);
    const { organizationId } = await createOrganization(one.operator);
    await createMember(one.operator, organizationId);
    const input = { profileId, organizationId, token: await issuer.token() };
    await attest(one.operator, input);
    expect(await attestFailure(other.operator, input)).toMatchObject({ reason: "REPLAYED" });
  });

  test("wrong secrets", async () => {
    const client = await createClient(one.operator);
    const guess = async (server: ServerProcess) =>
      (await tokenFailure(server.anybody, { ...client, clientSecret: "wrong" })).extensions.code;
    for (let attempt = 0; attempt < 5; attempt++) {
      expect([await guess(one), await guess(other)]).toEqual(["INVALID_CLIENT", "INVALID_CLIENT"]);
    }
    expect([await guess(one), await guess(other)]).toEqual(["RATE_LIMITED", "RATE_LIMITED"]);
    await issueToken(other.anybody, client);
  });

  test("wrong secrets, many of them at once", async () => {
    const client = await createClient(one.operator);
    const failures = await Promise.all(
      Array.from({ length: 60 }, (_, number) => {
        const { anybody } = number % 2 === 0 ? one : other;
        return tokenFailure(anybody, { ...client, clientSecret: "wrong" });
      }),
    );
    const codes = failures.map(({ extensions }) => extensions.code);
    expect(codes.filter((code) => code === "INVALID_CLIENT")).toHaveLength(10);
    expect(codes.filter((code) => code === "RATE_LIMITED")).toHaveLength(50);
  });
});
