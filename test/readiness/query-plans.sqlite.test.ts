import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DATA_CHECKS } from "../../src/readiness/data-checks.js";
import { explain, recordStatements } from "../support/query-plans.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

/** At a million clients these look at the 10,000 oldest ones alone. */
const BOUNDED = ["client-scope-unasked", "grant-scope-unasked"];
/** An index has only the rows that may be found. */
const PARTIAL = [
  "client-key-set-http",
  "client-token-lifetime",
  "grant-all-scopes",
  "grant-empty",
  "grant-token-lifetime",
  "secret-imported",
];
const LARGE = ["client", "clientGrant"];

describe("a check of clients or grants", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const checks = DATA_CHECKS.filter(
    ({ id, target }) => LARGE.includes(target) && !BOUNDED.includes(id),
  );

  test.each(checks.map(({ id }) => id))("%s reads a part of an index", async (checkId) => {
    const { operator, services } = server;
    const query = `query ($filter: ReadinessCheckFilter) { readinessChecks(filter: $filter) {
      findingCount
    } }`;
    const statements = await recordStatements(services, () =>
      operator.request(query, { filter: { checkId } }),
    );
    const plans = await Promise.all(
      statements
        .filter(({ sql }) => / FROM "(?:clients|client_secrets|client_grants)" "target"/.test(sql))
        .map((statement) => explain(services.unitOfWork.read, statement)),
    );
    expect(plans).toHaveLength(1);
    const [[target = ""] = []] = plans;
    // A range of an index, or an index that few rows are in.
    const isPartial = PARTIAL.includes(checkId) && /USING INDEX IDX_/.test(target);
    expect([target, isPartial || /\(project_id=\? AND /.test(target)]).toEqual([target, true]);
  });
});
