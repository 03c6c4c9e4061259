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
import { waitUntil } from "../support/wait-until.js";
import { attest, attestFailure, createProfile } from "../trusted-auth/attestation-operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";

/** What housekeeping does: deletes expired counters that are not locked. */
const SWEEP = `DELETE FROM rate_limit_counters WHERE key IN (
  SELECT key FROM rate_limit_counters WHERE window_ends_at <= now() FOR UPDATE SKIP LOCKED)`;

describe("two processes on one database share the use of", () => {
  let database: TestDatabase;
  let processes: ServerProcesses;
  let serverA: ServerProcess;
  let serverB: ServerProcess;

  beforeAll(async () => {
    database = await freshDatabase();
    processes = await serverProcesses(urlOf(database));
    [serverA, serverB] = await Promise.all([processes.start(), processes.start()]);
  });

  afterAll(async () => {
    await processes.cleanUp();
    await database.drop();
  });

  test("a client assertion, in sequence and concurrently", async () => {
    const key = await clientKey();
    const { clientId } = await createClient(serverA.operator, {
      tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
      keys: { publicKeys: [{ pem: key.pem }] },
    });
    const ask = async (server: ServerProcess, client_assertion: string) => {
      const parameters = { ...GRANT, client_assertion_type: ASSERTION_TYPE, client_assertion };
      return (await post(server, tokenPath(server), parameters)).status;
    };
    const first = await assertion(serverA, clientId, key);
    expect([await ask(serverA, first), await ask(serverB, first)]).toEqual([200, 401]);
    // Ten refused assertions in a minute would shut the client out.
    for (let round = 0; round < 8; round++) {
      const concurrent = await assertion(serverA, clientId, key);
      const statuses = await Promise.all([ask(serverA, concurrent), ask(serverB, concurrent)]);
      expect(statuses.sort()).toEqual([200, 401]);
    }
  });

  test("a DPoP proof, with a nonce of either process", async () => {
    const key = await clientKey();
    const client = await createClient(serverA.operator);
    const ask = (server: ServerProcess, dpop: string) => requestToken(server, client, {}, { dpop });
    const challenge = await ask(serverA, await dpopProof(serverA, key));
    const nonce = challenge.headers.get("dpop-nonce") ?? "";
    const proof = await dpopProof(serverA, key, { claims: { nonce } });
    expect((await ask(serverB, proof)).status).toBe(200);
    const again = await ask(serverA, proof);
    expect([again.status, again.body.error]).toEqual([400, "invalid_dpop_proof"]);
  });

  test("a single-use trusted auth token", async () => {
    const issuer = await foreignIssuer(serverA.clock);
    const settings = { keys: { publicKeys: [{ pem: issuer.pem }] }, singleUseTokenId: true };
    const profileId = await createProfile(serverA.operator, settings);
    const { organizationId } = await createOrganization(serverA.operator);
    await createMember(serverA.operator, organizationId);
    const input = { profileId, organizationId, token: await issuer.token() };
    await attest(serverA.operator, input);
    expect(await attestFailure(serverB.operator, input)).toMatchObject({ reason: "REPLAYED" });
  });

  test("the limit of wrong secrets", async () => {
    const client = await createClient(serverA.operator);
    const guess = async (server: ServerProcess) =>
      (await tokenFailure(server.anonymous, { ...client, clientSecret: "wrong" })).extensions.code;
    for (let attempt = 0; attempt < 5; attempt++) {
      expect([await guess(serverA), await guess(serverB)]).toEqual([
        "INVALID_CLIENT",
        "INVALID_CLIENT",
      ]);
    }
    expect([await guess(serverA), await guess(serverB)]).toEqual(["RATE_LIMITED", "RATE_LIMITED"]);
    await issueToken(serverB.anonymous, client);
  });

  const guessAtBoth = async (client: Credentials) => {
    const failures = await Promise.all(
      Array.from({ length: 60 }, (_, number) => {
        const { anonymous } = number % 2 === 0 ? serverA : serverB;
        return tokenFailure(anonymous, { ...client, clientSecret: "wrong" });
      }),
    );
    const codes = failures.map(({ extensions }) => extensions.code);
    return ["INVALID_CLIENT", "RATE_LIMITED"].map(
      (expected) => codes.filter((code) => code === expected).length,
    );
  };

  test("the limit of wrong secrets that arrive at the same time", async () => {
    expect(await guessAtBoth(await createClient(serverA.operator))).toEqual([10, 50]);
  });

  test("the limit of wrong secrets while expired counters are deleted", async () => {
    const holder = new Client(urlOf(database));
    const sweeper = new Client(urlOf(database));
    await Promise.all([holder.connect(), sweeper.connect()]);
    const countBlocked = async () => {
      const { rows } = await sweeper.query(
        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
      );
      return rows.length;
    };
    try {
      for (let round = 0; round < 6; round++) {
        const client = await createClient(serverA.operator);
        await tokenFailure(serverA.anonymous, { ...client, clientSecret: "wrong" });
        // The address's counter is locked and the client's has expired.
        await sweeper.query(
          "UPDATE rate_limit_counters SET window_ends_at = now() - interval '1 s' WHERE count = 1",
        );
        await holder.query("BEGIN");
        await holder.query("SELECT key FROM rate_limit_counters WHERE count > 1 FOR UPDATE");
        const counts = guessAtBoth(client);
        await waitUntil(async () => (await countBlocked()) >= 2);
        await sweeper.query(SWEEP);
        await holder.query("COMMIT");
        expect(await counts).toEqual([10, 50]);
      }
    } finally {
      await Promise.all([holder.end(), sweeper.end()]);
    }
  });
});

const urlOf = ({ location }: TestDatabase) => ("url" in location ? location.url : "");
