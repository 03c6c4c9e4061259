import { hash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { CREATE_GRANT, createApi } from "../oauth/oauth-operations.js";
import { createOrganization } from "../organizations/organization-operations.js";
import { CREATE_PROJECT } from "../projects/project-operations.js";
import { dumpTables } from "../support/dump-tables.js";
import type { GraphqlAnswer } from "../support/graphql-client.js";
import { flushFacts } from "../support/housekeeping.js";
import {
  CREATE_CLIENT,
  createClient,
  ISSUE_TOKEN,
  issueToken,
  ROTATE_SECRET,
  UPDATE_CLIENT,
} from "../support/operations.js";
import { runs } from "../support/property-runs.js";
import { type Fault, StatementFaults } from "../support/sqlite-faults.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { ATTEST_SESSION, createProfile } from "../trusted-auth/attestation-operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";

const REVOKE = `mutation ($input: RevokeClientTokensInput!) {
  revokeClientTokens(input: $input) { client { clientId } }
}`;

/** Sends a change, with other arguments each time. */
type Change = () => Promise<Pick<GraphqlAnswer, "status" | "headers" | "errors">>;

const CHANGES: Record<string, (server: TestServer) => Promise<Change>> = {
  createClient: async ({ operator }) => {
    const input = { scopes: ["a", "b"], trustedMetadata: { large: "x".repeat(4_000) } };
    return () => operator.send(CREATE_CLIENT, { input });
  },
  updateClient: async ({ operator }) => {
    const { clientId } = await createClient(operator);
    let count = 0;
    return () => operator.send(UPDATE_CLIENT, { input: { clientId, name: `Name ${++count}` } });
  },
  rotateSecret: async ({ operator }) => {
    const { clientId } = await createClient(operator);
    return () => operator.send(ROTATE_SECRET, { input: { clientId } });
  },
  createClientGrant: async ({ operator }) => {
    const { clientId } = await createClient(operator);
    const { apiId, scopes } = await createApi(operator);
    return () =>
      operator.send(CREATE_GRANT, {
        input: { clientId, apiId, scopes: scopes.map(({ value }) => value) },
      });
  },
  attestSession: async ({ operator, clock }) => {
    const issuer = await foreignIssuer(clock);
    const profileId = await createProfile(operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      canJitProvision: true,
    });
    const { organizationId } = await createOrganization(operator);
    const attest = async (claims: object) => {
      const token = await issuer.token({ ...claims });
      return operator.send(ATTEST_SESSION, { input: { profileId, organizationId, token } });
    };
    return () => attest({ email: "ada@example.com" });
  },
  revokeClientTokens: async ({ operator }) => {
    const { clientId } = await createClient(operator);
    return () => operator.send(REVOKE, { input: { clientId } });
  },
  createProject: async ({ operator }) => {
    const input = { name: "Another", environment: "TEST" };
    return () => operator.send(CREATE_PROJECT, { input });
  },
};

const FAULTS: Record<string, Fault> = {
  "because the disk is full": { code: "SQLITE_FULL", rollsBack: true },
  "because a page cannot be read": { code: "SQLITE_IOERR_READ" },
  "and whose rollback fails as well": { code: "SQLITE_IOERR_WRITE", failsRollback: true },
};

describe("a change that fails at any of its statements", () => {
  let server: TestServer;
  let faults: StatementFaults;

  beforeAll(async () => {
    // Nothing writes on its own.
    jest.spyOn(globalThis, "setInterval").mockImplementation(() => setTimeout(() => {}, 0));
    server = await startTestServer();
    faults = await StatementFaults.of(server);
  });

  afterAll(async () => {
    jest.restoreAllMocks();
    await server.stop();
  });

  /** A digest of all rows, which a failed test can print. */
  const tables = async () => hash("sha256", await dumpTables(server.services));
  const readiness = async () => (await fetch(`${server.url}/readyz`)).status;

  /** Lets each statement of the change fail in turn. @returns the number of statements */
  const failEachStatement = async (change: Change, fault: Fault): Promise<number> => {
    for (let number = 1; ; number++) {
      const before = await tables();
      faults.arm(number, fault);
      const { status, headers, errors } = await change();
      if (!faults.disarm()) {
        expect(errors).toEqual([]);
        expect(await tables()).not.toBe(before);
        return number - 1;
      }
      expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
      expect(errors[0]?.extensions.code).toBe("SERVICE_UNAVAILABLE");
      expect(await tables()).toBe(before);
      expect(await readiness()).toBe(200);
    }
  };

  test.each(
    Object.keys(CHANGES).flatMap((name) => Object.keys(FAULTS).map((how) => [name, how] as const)),
  )("%s, %s: 503, and nothing of it is stored", async (name, how) => {
    const change = await CHANGES[name]?.(server);
    const statements = await failEachStatement(change as Change, FAULTS[how] as Fault);
    // At least BEGIN, a change, its audit event, and COMMIT.
    expect(statements).toBeGreaterThanOrEqual(4);
  });

  test.each(Object.keys(FAULTS))(
    "counting a wrong secret, %s: 503, and the secret is not counted",
    async (how) => {
      const { clientId } = await createClient(server.operator);
      const input = { clientId, clientSecret: "wrong".repeat(8) };
      const guess = async () => {
        const answer = await server.anonymous.send(ISSUE_TOKEN, { input });
        const isCounted = answer.errors[0]?.extensions.code === "INVALID_CLIENT";
        return isCounted ? { ...answer, errors: [] } : answer;
      };
      expect(await failEachStatement(guess, FAULTS[how] as Fault)).toBeGreaterThanOrEqual(4);
    },
  );

  test.each(Object.keys(FAULTS))("token events, %s: they are stored later", async (how) => {
    const client = await createClient(server.operator);
    const query =
      "{ auditEvents(first: 100, filter: { action: TOKEN_ISSUE }) { nodes { count } } }";
    const count = async () => {
      const { nodes } = (await server.operator.request(query)).auditEvents;
      return (nodes as { count: number }[]).reduce((sum, event) => sum + event.count, 0);
    };
    for (let number = 1; ; number++) {
      const before = await count();
      await issueToken(server.anonymous, client);
      faults.arm(number, FAULTS[how] as Fault);
      const isStored = await flushFacts(server);
      if (!faults.disarm()) {
        expect(isStored).toBe(true);
        break;
      }
      expect(isStored).toBe(false);
      expect(await flushFacts(server)).toBe(true);
      expect(await count()).toBe(before + 1);
    }
  });

  test.each(Object.keys(CHANGES))(
    "%s, page by page of a full disk: whole or not at all",
    async (name) => {
      const query = async (sql: string) =>
        server.services.unitOfWork.write((manager) => manager.query(sql));
      let refusals = 0;
      while (refusals < runs(30)) {
        const change = (await CHANGES[name]?.(server)) as Change;
        const [{ page_count: pages }] = await query("PRAGMA page_count");
        let isStored = false;
        for (let room = 0; !isStored; room++) {
          await query(`PRAGMA max_page_count = ${pages + room}`);
          const before = await tables();
          const { status, errors } = await change();
          isStored = status === 200;
          if (isStored) expect(errors).toEqual([]);
          else {
            refusals++;
            expect([status, errors[0]?.extensions.code]).toEqual([503, "SERVICE_UNAVAILABLE"]);
          }
          expect((await tables()) === before).toBe(!isStored);
        }
        await query("PRAGMA max_page_count = 1000000");
      }
    },
  );

  test("everything acknowledged, and only that, exists after a restart", async () => {
    await flushFacts(server);
    const before = await tables();
    await server.restart();
    expect(await tables()).toBe(before);
  });
});
