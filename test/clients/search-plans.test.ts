import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createClient } from "../support/operations.js";
import { explain, recordStatements } from "../support/query-plans.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const LIST = `query ($after: String, $filter: ClientFilter, $orderBy: ClientOrder) {
  clients(first: 1, after: $after, filter: $filter, orderBy: $orderBy) {
    nodes { clientId } pageInfo { endCursor }
  }
}`;

const COLUMNS = {
  CREATED_AT: "created_at",
  UPDATED_AT: "updated_at",
  NAME: "normalized_name",
} as const;
const ORDERS = Object.entries(COLUMNS).flatMap(([field, column]) =>
  ["ASC", "DESC"].map((direction) => ({ field, direction, column })),
);

/** Of clients, or of search terms joined to them. */
const SELECTS_PAGE = /^SELECT "listed"\."/;

describe("a page of clients", () => {
  let server: TestServer;
  let isPostgres: boolean;

  beforeAll(async () => {
    server = await startTestServer();
    isPostgres = server.services.unitOfWork.read.dataSource.options.type === "postgres";
    for (let count = 0; count < 5; count++) {
      await createClient(server.operator, { name: "Worker", scopes: ["a", "b"] });
    }
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Of the statement that gets the second page, one line for each step. */
  const planOfPage = async (filter: object, { field, direction }: (typeof ORDERS)[number]) => {
    const variables = { filter, orderBy: { field, direction } };
    const { clients } = await server.operator.request(LIST, variables);
    const after = clients.pageInfo.endCursor;
    const statements = await recordStatements(server.services, () =>
      server.operator.request(LIST, { ...variables, after }),
    );
    const [statement] = statements.filter(({ sql }) => SELECTS_PAGE.test(sql));
    if (!statement) throw new Error("no page was asked for");
    return server.services.unitOfWork.write(async (manager) => {
      if (isPostgres) {
        // A few rows are read and sorted fastest in one go; this asks what is done with many.
        for (const method of ["seqscan", "bitmapscan", "sort"])
          await manager.query(`SET LOCAL enable_${method} = off`);
      }
      return (await explain(manager, statement)).join("\n");
    });
  };

  const beyond = (column: string, direction: string) => {
    const comparison = direction === "ASC" ? ">" : "<";
    // an index scan casts in print what an index-only scan does not
    const printed = (name: string) => `(${name}|\\(${name}\\)::text)`;
    return isPostgres
      ? `ROW\\(${printed(column)}, ${printed("client_id")}\\) ${comparison}`
      : `\\(${column},client_id\\)${comparison}`;
  };

  test.each(ORDERS)("is a range of an index: all by $field $direction", async (order) => {
    const plan = await planOfPage({}, order);
    expect(plan).toMatch(new RegExp(`project_id.*${beyond(order.column, order.direction)}`));
    expect(plan).not.toMatch(/Seq Scan|Sort|TEMP B-TREE/);
  });

  test.each([{ scopes: ["a"] }, { status: "ACTIVE" }])(
    "is a range of an index: those with %j in each order",
    async (filter) => {
      for (const order of ORDERS) {
        const plan = await planOfPage(filter, order);
        expect(plan).toMatch(
          new RegExp(`project_id.*term.*${beyond(order.column, order.direction)}`),
        );
        expect(plan).not.toMatch(/Seq Scan|Sort|TEMP B-TREE/);
      }
    },
  );

  test("with several terms is a range of one, and looks the others up by the client", async () => {
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

  test("with a part of the name is checked within the index of its order", async () => {
    for (const order of ORDERS) {
      for (const filter of [{}, { status: "ACTIVE" }]) {
        const plan = await planOfPage({ nameContains: "work", ...filter }, order);
        expect(plan).toMatch(new RegExp(beyond(order.column, order.direction)));
        expect(plan).not.toMatch(/Seq Scan|Sort|TEMP B-TREE/);
      }
    }
  });

  test("with ids begins with the primary key", async () => {
    const { clients } = await server.operator.request("{ clients { nodes { clientId } } }");
    const clientIds = clients.nodes.map(({ clientId }: { clientId: string }) => clientId);
    for (const filter of [{ clientIds }, { clientIds, scopes: ["a"] }]) {
      const plan = await planOfPage(filter, ORDERS[0] as (typeof ORDERS)[number]);
      // PostgreSQL knows by itself how few rows an id has.
      if (!isPostgres) expect(plan).toMatch(/SEARCH listed .*\(project_id=\? AND client_id=\?\)/);
    }
  });
});
