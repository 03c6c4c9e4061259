import { randomUUID } from "node:crypto";
import type { ApolloServerOptions, GraphQLRequestListener } from "@apollo/server";
import {
  type ASTNode,
  type DocumentNode,
  defaultFieldResolver,
  execute,
  type FragmentDefinitionNode,
  GraphQLError,
  GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  responsePathAsArray,
  type SelectionSetNode,
  visit,
} from "graphql";
import type { Connection } from "../shared/connection.js";
import type { LongPage, RequestContext } from "../shared/current-caller.js";
import { takeTurn } from "../shared/turns.js";

type Listener = Required<GraphQLRequestListener<RequestContext>>;
type DidResolveOperation = Parameters<Listener["didResolveOperation"]>[0];
type WillSendResponse = Parameters<Listener["willSendResponse"]>[0];
type StringifyResult = NonNullable<ApolloServerOptions<RequestContext>["stringifyResult"]>;
type Data = Record<string | number, unknown>;

/**
 * A page that is read in parts is executed in parts, as if its field were a query of its own, and of
 * each part only the JSON is kept. graphql-js would hold a thousand rows with promises and results
 * until the last of them is complete; the garbage collector copies what lives so long, in pauses that
 * all other requests wait for.
 */
export function answerLongPagesInParts(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) {
      const connectionType = getNamedType(field.type);
      if (!isConnection(connectionType)) continue;
      const { resolve = defaultFieldResolver } = field;
      const partSchema = schemaOf(connectionType, schema);
      field.resolve = async (source, args, context: RequestContext, info) => {
        const found: unknown = await resolve(source, args, context, info);
        const connection = found as Connection<unknown> | null;
        if (!connection?.readOn) return connection;
        const json = await jsonOfParts(connection, partSchema, context, info);
        context.longPages.push({ path: responsePathAsArray(info.path), json });
        return NOTHING;
      };
    }
  }
  return schema;
}

/** By its name, as Relay's cursor connections specification has it. */
function isConnection(type: unknown): type is GraphQLObjectType {
  return type instanceof GraphQLObjectType && type.name.endsWith("Connection");
}

function schemaOf(query: GraphQLObjectType, schema: GraphQLSchema): GraphQLSchema {
  return new GraphQLSchema({ ...schema.toConfig(), query, mutation: null, assumeValid: true });
}

/** What stands in an answer where a long page will be. */
const NOTHING: Connection<unknown> = {
  nodes: [],
  edges: [],
  pageInfo: { hasNextPage: false, endCursor: null },
  totalCount: Promise.resolve(0),
  readOn: null,
};

async function jsonOfParts(
  connection: Connection<unknown>,
  schema: GraphQLSchema,
  context: RequestContext,
  info: GraphQLResolveInfo,
): Promise<string> {
  const document = documentOf(info);
  const parts: Part[] = [];
  let part = connection;
  let nodesBefore = 0;
  for (;;) {
    const longPages: LongPage[] = [];
    // to read its rows has been a turn of its own
    await takeTurn();
    const { data, errors } = await execute({
      schema,
      document,
      rootValue: part,
      contextValue: { ...context, longPages },
      variableValues: context.variables,
    });
    // the first says enough: no field of a page can be null instead of failing
    if (errors?.[0]) throw locatedIn(info, nodesBefore, errors[0]);
    place(longPages, data);
    parts.push(partOf(data as Data, (value) => fill(longPages, JSON.stringify(value))));
    if (!part.readOn || context.isGone()) return joined(parts);
    nodesBefore += part.nodes.length;
    part = await part.readOn();
  }
}

/** Fields of the connection, by their names in the answer; of a list the items without brackets. */
type Part = Map<string, { json: string; isList: boolean }>;

function partOf(data: Data, toJson: (value: unknown) => string): Part {
  const part: Part = new Map();
  for (const [name, value] of Object.entries(data)) {
    const isList = Array.isArray(value);
    part.set(name, { json: isList ? toJson(value).slice(1, -1) : toJson(value), isList });
  }
  return part;
}

function joined(parts: Part[]): string {
  const fields = Array.from(parts[0] ?? [], ([name, { isList }]) => {
    const jsons = parts.map((part) => part.get(name)?.json);
    // what is no list is true of the page as its last part has it
    const json = isList ? `[${jsons.filter((items) => items).join(",")}]` : jsons.at(-1);
    return `${JSON.stringify(name)}:${json}`;
  });
  return `{${fields.join(",")}}`;
}

/**
 * What is selected of the page, as a query of its own: with no more variables and fragments than it
 * uses, as each part has its variables coerced again.
 */
function documentOf({ fieldNodes, fragments, operation }: GraphQLResolveInfo): DocumentNode {
  const selections = fieldNodes.flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
  const variables = new Set<string>();
  const spread = new Set<FragmentDefinitionNode>();
  const look = (node: ASTNode): void => {
    visit(node, {
      Variable({ name }) {
        variables.add(name.value);
      },
      FragmentSpread({ name }) {
        const fragment = fragments[name.value];
        if (!fragment || spread.has(fragment)) return;
        spread.add(fragment);
        look(fragment);
      },
    });
  };
  const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections };
  look(selectionSet);
  const query: OperationDefinitionNode = {
    kind: Kind.OPERATION_DEFINITION,
    operation: OperationTypeNode.QUERY,
    variableDefinitions: (operation.variableDefinitions ?? []).filter(({ variable }) =>
      variables.has(variable.name.value),
    ),
    selectionSet,
  };
  return { kind: Kind.DOCUMENT, definitions: [query, ...spread] };
}

/** An error in a part, where it is in the whole answer. */
function locatedIn(
  info: GraphQLResolveInfo,
  nodesBefore: number,
  { message, nodes, originalError, path = [] }: GraphQLError,
): GraphQLError {
  const [list, index, ...steps] = path;
  const within = typeof index === "number" ? [list, index + nodesBefore, ...steps] : path;
  return new GraphQLError(message, {
    nodes,
    originalError,
    path: [...responsePathAsArray(info.path), ...within] as (string | number)[],
  });
}

const MARK = `long page ${randomUUID()} `;
const MARKS = new RegExp(`"${MARK}(\\d+)"`, "g");

/** Marks where long pages belong, unless an error has left nothing there. */
function place(longPages: LongPage[], data: unknown): void {
  for (const [number, { path }] of longPages.entries()) {
    const parent = path
      .slice(0, -1)
      .reduce((value: Data | undefined, step) => value?.[step] as Data, data as Data);
    const name = path.at(-1) as string | number;
    if (parent?.[name]) parent[name] = `${MARK}${number}`;
  }
}

function fill(longPages: LongPage[], json: string): string {
  if (longPages.length === 0) return json;
  return json.replace(MARKS, (_, number) => longPages[number]?.json ?? "null");
}

/** By the data of their answer, until it is sent. */
const longPagesOf = new WeakMap<object, LongPage[]>();

export function rememberVariables({ contextValue, request }: DidResolveOperation): void {
  contextValue.variables = request.variables ?? {};
}

export function placeLongPages({ contextValue, response }: WillSendResponse): void {
  const { longPages } = contextValue;
  if (response.body.kind !== "single" || longPages.length === 0) return;
  const { data } = response.body.singleResult;
  if (!data) return;
  place(longPages, data);
  longPagesOf.set(data, longPages);
}

export const stringifyResult: StringifyResult = (result) => {
  const longPages = result.data ? longPagesOf.get(result.data) : undefined;
  return fill(longPages ?? [], JSON.stringify(result));
};
