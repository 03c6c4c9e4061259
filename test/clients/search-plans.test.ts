import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createApi, createGrant } from "../oauth/oauth-operations.js";
import { createClient, issueToken, ROTATE_SECRET } from "../support/operations.js";
import { explain, recordStatements } from "../support/query-plans.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const LIST = `query (
  $first: Int, $after: String, $last: Int, $before: String, $filter: ClientFilter, $orderBy: ClientOrder
) {
  clients(
    first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy
  ) { nodes { clientId } pageInfo { startCursor endCursor } }
}`;

const COLUMNS = {
  CREATED_AT: "created_at",
  UPDATED_AT: "updated_at",
  NAME: "normalized_name",
} as const;
const ORDERS = Object.entries(COLUMNS).flatMap(([field, column]) =>
  ["ASC", "DESC"].map((direction) => ({ field, direction, column })),
);

/** Matches the statement that selects a page of clients or of search terms joined to them. */
const SELECTS_PAGE = /^SELECT "listed"\."/;

describe("a page of clients", () => {
  let server: TestServer;
  let isPostgres: boolean;
  let apiId: string;

  beforeAll(async () => {
    server = await startTestServer();
    isPostgres = server.services.unitOfWork.read.dataSource.options.type === "postgres";
    const api = await createApi(server.operator);
    apiId = api.apiId;
    const expiresAt = new Date(server.clock.now().getTime() + 3_600_000);
    for (let count = 0; count < 5; count++) {
      const client = await createClient(server.operator, {
        ...{ name: "Worker", expiresAt, trustedMetadata: { userId: 42 } },
        owner: { externalId: "customer" },
        scopes: ["a", "b", ...(count === 0 ? ["one"] : [])],
      });
      if (count > 2) continue;
      await createGrant(server.operator, client, api);
      await issueToken(server.anonymous, client);
      await server.operator.request(ROTATE_SECRET, { input: { clientId: client.clientId } });
    }
    await server.services.authenticator.lastUsed.flush();
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Plan of the statement that selects the second page, one line for each step. */
  const planOfPage = async (
    filter: object,
    { field, direction }: (typeof ORDERS)[number],
    { fromEnd = false, mayUse = [] as string[], on = server } = {},
  ) => {
    const size = fromEnd ? { last: 1 } : { first: 1 };
    const variables = { filter, orderBy: { field, direction }, ...size };
    const { startCursor, endCursor } = (await on.operator.request(LIST, variables)).clients
      .pageInfo;
    const cursor = fromEnd ? { before: startCursor } : { after: endCursor };
    const statements = await recordStatements(on.services, () =>
      on.operator.request(LIST, { ...variables, ...cursor }),
    );
    const [statement] = statements.filter(({ sql }) => SELECTS_PAGE.test(sql));
    if (!statement) throw new Error("no statement selected a page");
    return on.services.unitOfWork.write(async (manager) => {
      if (isPostgres) {
        // PostgreSQL reads and sorts a few rows without an index. These settings show its plan for many rows.
        for (const method of ["seqscan", "bitmapscan", "sort"].filter(
          (one) => !mayUse.includes(one),
        ))
          await manager.query(`SET LOCAL enable_${method} = off`);
      }
      return (await explain(manager, statement)).join("\n");
    });
  };

  const beyond = (column: string, direction: string) => {
    const comparison = direction === "ASC" ? ">" : "<";
    // PostgreSQL prints a cast to text for an index scan and none for an index-only scan.
    const printed = (name: string) => `(${name}|\\(${name}\\)::text)`;
    return isPostgres
      ? `ROW\\(${printed(column)}, ${printed("client_id")}\\) ${comparison}`
      : `\\(${column},client_id\\)${comparison}`;
  };

  test.each(ORDERS)("is an index range for all clients by $field $direction", async (order) => {
    const plan = await planOfPage({}, order);
    expect(plan).toMatch(new RegExp(`project_id.*${beyond(order.column, order.direction)}`));
    expect(plan).not.toMatch(/Seq Scan|Sort|TEMP B-TREE/);
  });

  test.each(ORDERS)("is an index range from the end by $field $direction", async (order) => {
    const plan = await planOfPage({}, order, { fromEnd: true });
    const reversed = order.direction === "ASC" ? "DESC" : "ASC";
    expect(plan).toMatch(new RegExp(`project_id.*${beyond(order.column, reversed)}`));
    expect(plan).not.toMatch(/Seq Scan|Sort|TEMP B-TREE/);
  });

  test.each([
    { scopes: ["a"] },
    { status: "ACTIVE" },
    { metadata: [{ key: "userId" }] },
    { metadata: [{ key: "userId", value: "42" }] },
    { owner: { externalId: "customer" } },
  ])("is an index range for %j in each order", async (filter) => {
    for (const order of ORDERS) {
      const plan = await planOfPage(filter, order);
      expect(plan).toMatch(
        new RegExp(`project_id.*term.*${beyond(order.column, order.direction)}`),
      );
      expect(plan).not.toMatch(/Seq Scan|Sort|TEMP B-TREE/);
    }
  });

  test("is an index range of one term, and checks other terms by client id", async () => {
    for (const order of ORDERS) {
      const plan = await planOfPage({ scopes: ["a", "b"], status: "ACTIVE" }, order);
      expect(plan).toMatch(
        isPostgres
          ? /Index .*Scan .* client_search_terms other.*client_id.* = /s
          : /SEARCH other USING PRIMARY KEY \(project_id=\? AND client_id=\? AND term=\?\)/,
      );
      expect(plan).not.toMatch(/Seq Scan|Sort|TEMP B-TREE/);
    }
  });

  test("is an index range when it is filtered by a part of the name", async () => {
    for (const order of ORDERS) {
      for (const filter of [{}, { status: "ACTIVE" }]) {
        const plan = await planOfPage({ nameContains: "work", ...filter }, order);
        expect(plan).toMatch(new RegExp(beyond(order.column, order.direction)));
        expect(plan).not.toMatch(/Seq Scan|Sort|TEMP B-TREE/);
      }
    }
  });

  const FUTURE = "2200-01-01T00:00:00Z";
  /** Conditions with a table of their own, and the columns of the index by which it is read. */
  const ROW_CONDITIONS: [object, string][] = [
    [{ lastUsedBefore: FUTURE }, "project_id=? AND last_used_at<?"],
    [{ neverUsed: true }, "project_id=? AND last_used_at=?"],
    [{ neverUsed: false }, "project_id=? AND last_used_at>?"],
    [{ expiresBefore: FUTURE }, "project_id=? AND expires_at<?"],
    [{ secretCreatedBefore: FUTURE }, "project_id=? AND status=? AND created_at<?"],
    [{ secretStatus: "PREVIOUS" }, "project_id=? AND status=?"],
    [{ apiId: "" }, "api_id=? AND project_id=?"],
  ];

  test.each(ROW_CONDITIONS)("reads an index of the few rows for %j", async (filter, columns) => {
    if ("apiId" in filter) Object.assign(filter, { apiId });
    for (const order of ORDERS) {
      // The few clients are read by primary key and sorted.
      const plan = await planOfPage(filter, order, { mayUse: ["sort"] });
      expect(plan).not.toMatch(/Seq Scan|SCAN (listed|matched)/);
      if (isPostgres) continue;
      expect(plan).toMatch(new RegExp(`SEARCH matched .*${columns.replaceAll("?", "\\?")}`));
      expect(plan).toMatch(/SEARCH listed .*\(project_id=\? AND client_id=\?/);
    }
  });

  test.each([...ROW_CONDITIONS.map(([filter]) => filter), { secretStatus: "NONE" }])(
    "checks %j by client id when another condition is more selective",
    async (filter) => {
      if ("apiId" in filter) Object.assign(filter, { apiId });
      const plan = await planOfPage(
        { ...filter, scopes: ["one"] },
        ORDERS[0] as (typeof ORDERS)[number],
      );
      expect(plan).toMatch(
        isPostgres
          ? /SubPlan.*Index .*Scan .* matched.*client_id.* = /s
          : /SEARCH matched USING .*\(project_id=\? AND client_id=\?/,
      );
    },
  );

  test("is an index range for conditions that many clients meet", async () => {
    const many = await startTestServer({ maxSortedClients: 1 });
    const expiresAt = new Date(many.clock.now().getTime() + 3_600_000);
    for (const name of ["a", "b"]) await createClient(many.operator, { name, expiresAt });
    const conditions = [
      { expiresBefore: FUTURE },
      { expiresBefore: FUTURE, status: "ACTIVE" },
      { secretCreatedBefore: FUTURE, neverUsed: true },
    ];
    for (const filter of conditions) {
      for (const order of ORDERS) {
        const plan = await planOfPage(filter, order, { on: many });
        expect(plan).toMatch(new RegExp(beyond(order.column, order.direction)));
        expect(plan).not.toMatch(/Seq Scan|Sort|TEMP B-TREE/);
      }
    }
    await many.stop();
  });

  test("is selected by primary key when ids are given", async () => {
    const { clients } = await server.operator.request("{ clients { nodes { clientId } } }");
    const clientIds = clients.nodes.map(({ clientId }: { clientId: string }) => clientId);
    for (const filter of [{ clientIds }, { clientIds, scopes: ["a"] }]) {
      const plan = await planOfPage(filter, ORDERS[0] as (typeof ORDERS)[number]);
      // PostgreSQL's statistics already tell it that few rows match the ids.
      if (!isPostgres) expect(plan).toMatch(/SEARCH listed .*\(project_id=\? AND client_id=\?\)/);
    }
  });
});
