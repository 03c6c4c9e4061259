import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Client } from "pg";
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
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { type Credentials, createClient, issueToken, tokenFailure } from "../support/operations.js";
import {
  type ServerProcess,
  type ServerProcesses,
  serverProcesses,
} from "../support/server-process.js";
import { attest, attestFailure, createProfile } from "../trusted-auth/attestation-operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";

/** Of all counters that have ended, but those in use: see housekeeping. */
const SWEEP = `DELETE FROM rate_limit_counters WHERE key IN (
  SELECT key FROM rate_limit_counters WHERE window_ends_at <= now() FOR UPDATE SKIP LOCKED)`;

describe("of two processes on one database, what one has counted or taken the other knows:", () => {
  let database: TestDatabase;
  let processes: ServerProcesses;
  let one: ServerProcess;
  let other: ServerProcess;

  beforeAll(async () => {
    database = await freshDatabase();
    processes = await serverProcesses(urlOf(database));
    [one, other] = await Promise.all([processes.start(), processes.start()]);
  });

  afterAll(async () => {
    await processes.cleanUp();
    await database.drop();
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
      (await tokenFailure(server.anonymous, { ...client, clientSecret: "wrong" })).extensions.code;
    for (let attempt = 0; attempt < 5; attempt++) {
      expect([await guess(one), await guess(other)]).toEqual(["INVALID_CLIENT", "INVALID_CLIENT"]);
    }
    expect([await guess(one), await guess(other)]).toEqual(["RATE_LIMITED", "RATE_LIMITED"]);
    await issueToken(other.anonymous, client);
  });

  const wrongSecretsAtBoth = async (client: Credentials) => {
    const failures = await Promise.all(
      Array.from({ length: 60 }, (_, number) => {
        const { anonymous } = number % 2 === 0 ? one : other;
        return tokenFailure(anonymous, { ...client, clientSecret: "wrong" });
      }),
    );
    const codes = failures.map(({ extensions }) => extensions.code);
    return ["INVALID_CLIENT", "RATE_LIMITED"].map(
      (wanted) => codes.filter((code) => code === wanted).length,
    );
  };

  test("wrong secrets, many of them at once", async () => {
    expect(await wrongSecretsAtBoth(await createClient(one.operator))).toEqual([10, 50]);
  });

  test("wrong secrets, while counters that have ended are swept away", async () => {
    const holder = new Client(urlOf(database));
    const sweeper = new Client(urlOf(database));
    await Promise.all([holder.connect(), sweeper.connect()]);
    const waiters = async () => {
      const { rows } = await sweeper.query(
        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
      );
      return rows.length;
    };
    try {
      for (let round = 0; round < 6; round++) {
        const client = await createClient(one.operator);
        await tokenFailure(one.anonymous, { ...client, clientSecret: "wrong" });
        // the address's counter is held, and the client's has ended
        await sweeper.query(
          "UPDATE rate_limit_counters SET window_ends_at = now() - interval '1 s' WHERE count = 1",
        );
        await holder.query("BEGIN");
        await holder.query("SELECT key FROM rate_limit_counters WHERE count > 1 FOR UPDATE");
        const counted = wrongSecretsAtBoth(client);
        while ((await waiters()) < 2) await setTimeout(10);
        await sweeper.query(SWEEP);
        await holder.query("COMMIT");
        expect(await counted).toEqual([10, 50]);
      }
    } finally {
      await Promise.all([holder.end(), sweeper.end()]);
    }
  });
});

const urlOf = ({ location }: TestDatabase) => ("url" in location ? location.url : "");
