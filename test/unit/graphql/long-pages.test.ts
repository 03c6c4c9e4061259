import { HeaderMap } from "@apollo/server";
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { FastifyBaseLogger } from "fastify";
import { buildSchema, type GraphQLObjectType, type GraphQLScalarType } from "graphql";
import { createApolloServer } from "../../../src/graphql/apollo-server.js";
import { answerLongPagesInParts } from "../../../src/graphql/long-pages.js";
import { type Connection, connectionOf } from "../../../src/shared/connection.js";
import type { RequestContext } from "../../../src/shared/current-caller.js";
import { badUserInput } from "../../../src/shared/errors.js";
import type { Page } from "../../../src/shared/page.js";

interface Thing {
  name: string;
  facts: unknown;
}

/** The things of a page, divided into parts of these sizes, the last one included. */
let things: Thing[];
let sizes: number[];
let partsRead = 0;
let isGone = false;
/** Values of variables. */
const coerced: unknown[] = [];

function pageFrom(at: number, part: number): Page<Thing> {
  partsRead++;
  const end = part < sizes.length ? at + (sizes[part] as number) : things.length;
  return {
    nodes: things.slice(at, end),
    cursorOf: ({ name }) => `cursor of ${name}`,
    hasNextPage: end < things.length,
    endCursor: String(Math.min(end, things.length)),
    countTotal: async () => things.length,
    readOn: end < things.length ? async () => pageFrom(end, part + 1) : null,
  };
}

function fieldsOf(type: unknown) {
  return (type as GraphQLObjectType).getFields();
}

function schemaOfThings() {
  const schema = buildSchema(`
    scalar Facts
    type Query { things: ThingConnection! none: ThingConnection like(facts: Facts): Facts }
    type ThingConnection { nodes: [Thing!]! edges: [Edge!]! pageInfo: PageInfo! totalCount: Int! }
    type Edge { cursor: String! node: Thing! }
    type PageInfo { hasNextPage: Boolean! endCursor: String }
    type Thing { name: String facts: Facts others: ThingConnection! same(as: String!): String! like(facts: Facts): Facts }
  `);
  const list = async (): Promise<Connection<Thing>> => connectionOf(pageFrom(0, 0));
  const thing = fieldsOf(schema.getType("Thing"));
  const query = fieldsOf(schema.getQueryType());
  for (const field of [query["things"], query["none"], thing["others"]]) {
    if (field) field.resolve = list;
  }
  for (const field of [query["like"], thing["like"]]) {
    if (field) field.resolve = (_, { facts }) => facts;
  }
  const facts = schema.getType("Facts") as GraphQLScalarType;
  facts.parseValue = (value) => {
    coerced.push(value);
    return value;
  };
  if (thing["same"]) {
    thing["same"].resolve = ({ name }: Thing, args: { as: string }) => {
      if (name !== args.as) return name;
      throw badUserInput(["as"], "Not this one");
    };
  }
  return answerLongPagesInParts(schema);
}

describe("the answer to a long page", () => {
  const logged: object[] = [];
  const log = { info: (facts: object) => logged.push(facts) } as unknown as FastifyBaseLogger;
  const apollo = createApolloServer(schemaOfThings(), log);

  beforeAll(() => apollo.start());

  async function answerTo(query: string, variables = {}): Promise<string> {
    const headers = new HeaderMap([["content-type", "application/json"]]);
    const { body } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: "POST", headers, search: "", body: { query, variables } },
      context: async () =>
        ({ variables: {}, longPages: [], isGone: () => isGone }) as unknown as RequestContext,
    });
    return body.kind === "complete" ? body.string : "";
  }

  const EVERYTHING = `query ($edges: Boolean!, $as: String!) {
    first: things { ...Page }
    ... on Query { none { totalCount } things { nodes { facts } nodes { name } } }
    second: things { pageInfo { endCursor hasNextPage } names: nodes { name same(as: $as) } __typename }
  }
  fragment Page on ThingConnection {
    totalCount edges @include(if: $edges) { cursor node { name } } nodes { ...Thing } pageInfo { hasNextPage }
  }
  fragment Thing on Thing { called: name facts __typename }`;

  test("is the same however the page is divided", async () => {
    const thing = fc.record({ name: fc.string(), facts: fc.jsonValue() });
    const divided = fc.record({
      all: fc.array(thing, { maxLength: 30, size: "max" }),
      parts: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 5 }),
      edges: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(divided, async ({ all, parts, edges }) => {
        const variables = { edges, as: "nobody of this name" };
        [things, sizes] = [all, []];
        const whole = await answerTo(EVERYTHING, variables);
        sizes = parts;
        expect(await answerTo(EVERYTHING, variables)).toBe(whole);
        expect(JSON.parse(whole).data.first.nodes).toHaveLength(all.length);
      }),
      { numRuns: 50 },
    );
  });

  test("has long pages within long pages", async () => {
    things = Array.from({ length: 7 }, (_, number) => ({ name: `Thing ${number}`, facts: null }));
    const query =
      "{ things { nodes { name others { nodes { name others { edges { cursor } } } } } } }";
    sizes = [];
    const whole = await answerTo(query);
    sizes = [2, 3];
    expect(await answerTo(query)).toBe(whole);
    expect(whole.match(/cursor of Thing 6/g)).toHaveLength(49);
  });

  test("is not read on when nobody waits for it", async () => {
    things = Array.from({ length: 7 }, (_, number) => ({ name: `Thing ${number}`, facts: null }));
    sizes = [2, 2, 2];
    partsRead = 0;
    isGone = true;
    await answerTo("{ things { nodes { name } } }");
    isGone = false;
    expect(partsRead).toBe(1);
    await answerTo("{ things { nodes { name } } }");
    expect(partsRead).toBe(1 + 4);
  });

  test("has only its own variables coerced once more for each part", async () => {
    things = Array.from({ length: 7 }, (_, number) => ({ name: `Thing ${number}`, facts: null }));
    sizes = [2, 2, 2];
    coerced.length = 0;
    const query = `query ($without: Facts, $within: Facts) {
      things { nodes { ...Thing } }
      none { totalCount @include(if: false) } like(facts: $without)
    }
    fragment Thing on Thing { name like(facts: $within) }`;
    const { data } = JSON.parse(await answerTo(query, { without: "without", within: "within" }));
    expect(data.things.nodes.at(-1)).toEqual({ name: "Thing 6", like: "within" });
    expect(data.like).toBe("without");
    const count = (value: string) => coerced.filter((one) => one === value).length;
    expect(count("within")).toBe(count("without") + sizes.length + 1);
  });

  test("says where an error is, and gives no part of the page", async () => {
    things = Array.from({ length: 7 }, (_, number) => ({ name: `Thing ${number}`, facts: null }));
    sizes = [2, 3];
    logged.length = 0;
    const query = `query ($as: String!) { list: things { all: nodes { renamed: same(as: $as) } } }`;
    expect(JSON.parse(await answerTo(query, { as: "Thing 4" }))).toEqual({
      data: null,
      errors: [
        {
          message: "Not this one",
          locations: [{ line: 1, column: 52 }],
          path: ["list", "all", 4, "renamed"],
          extensions: expect.objectContaining({ code: "BAD_USER_INPUT", path: ["as"] }),
        },
      ],
    });
    expect(logged).toEqual([
      expect.objectContaining({ code: "BAD_USER_INPUT", path: "list.all.4.renamed" }),
    ]);
    const beside = `query ($as: String!) { things { nodes { name } } none { nodes { same(as: $as) } } }`;
    const { data, errors } = JSON.parse(await answerTo(beside, { as: "Thing 6" }));
    expect(errors).toHaveLength(1);
    expect(data.none).toBeNull();
    expect(data.things.nodes).toHaveLength(7);
  });
});
