import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import { recordAllStatements } from "../support/query-plans.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { attest, createProfile, MAPPING } from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "./foreign-issuer.js";

let server: TestServer;
let issuer: ForeignIssuer;
let organizationId: string;

beforeAll(async () => {
  server = await startTestServer();
  issuer = await foreignIssuer(server.clock);
  ({ organizationId } = await createOrganization(server.operator));
  await createMember(server.operator, organizationId);
});

afterAll(async () => {
  await server.stop();
});

/** The statements of the work, such as `INSERT sessions`. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const statements = await recordAllStatements(server.services, work);
  return statements.map(({ sql }) => {
    const [operation = ""] = sql.split(" ");
    const [, table] = /\b(?:FROM|INTO|JOIN)\s+"?(\w+)/.exec(sql) ?? [];
    return table ? `${operation} ${table}` : operation;
  });
}

/** SQLite begins with BEGIN, PostgreSQL with START. */
const inUnitOfWork = (...names: string[]) => [
  expect.stringMatching(/^(?:BEGIN|START)$/),
  ...names,
  "COMMIT",
];

test("an attestation of a member that stays as it is takes one read before its unit of work", async () => {
  const keys = { publicKeys: [{ pem: issuer.pem }] };
  const profileId = await createProfile(server.operator, { keys, organizationId });
  const token = await issuer.token();
  // The first JWT of a process reads the private key.
  await attest(server.operator, { profileId, token });
  const asked = await statementsOf(() => attest(server.operator, { profileId, token }));
  expect(asked).toEqual([
    "SELECT management_keys",
    "SELECT projects",
    ...inUnitOfWork("SELECT members", "INSERT sessions", "INSERT audit_events"),
  ]);
});

test("one without a management key counts, and consumes the id of its token", async () => {
  const profileId = await createProfile(server.operator, {
    keys: { publicKeys: [{ pem: issuer.pem }] },
    attributeMapping: MAPPING,
    organizationId,
    publicExchange: true,
    singleUseTokenId: true,
  });
  const token = await issuer.token();
  const asked = await statementsOf(() => attest(server.anonymous, { profileId, token }));
  expect(asked).toEqual([
    "SELECT rate_limit_counters",
    ...inUnitOfWork("INSERT rate_limit_counters", "INSERT rate_limit_counters"),
    "SELECT projects",
    ...inUnitOfWork(
      "SELECT members",
      "INSERT consumed_ids",
      "INSERT sessions",
      "SELECT sessions",
      "INSERT audit_events",
    ),
  ]);
});
