import type { GraphQLFieldResolver, GraphQLSchema } from "graphql";
import { getMetadataStorage, type ResolverData } from "type-graphql";
import { assertPermitted } from "../shared/caller.js";
import type { RequestContext } from "../shared/current-caller.js";
import { OWN_CREDENTIALS, type Requirement } from "../shared/permissions.js";

type RootField = ReturnType<typeof getMetadataStorage>["queries"][number];
type Parameter = NonNullable<RootField["params"]>[number];
type Resolver = Record<string, (...values: unknown[]) => unknown>;

/**
 * Root fields hold the caller to the permission that stands beside them and call their resolver's method
 * themselves. type-graphql's handler would make an object of its class of each input, for which it looks
 * through all input types anew, and goes through half a dozen promises (ADR 0010).
 */
export function resolveRootFields(
  schema: GraphQLSchema,
  resolvers: ReadonlyMap<unknown, object>,
): void {
  const { queries, mutations } = getMetadataStorage();
  const fields = {
    ...schema.getQueryType()?.getFields(),
    ...schema.getMutationType()?.getFields(),
  };
  for (const rootField of [...queries, ...mutations]) {
    const field = fields[rootField.schemaName];
    if (field) field.resolve = resolveOf(rootField, resolvers.get(rootField.target) as Resolver);
  }
}

function resolveOf(
  { methodName, params = [], roles = [] }: RootField,
  resolver: Resolver,
): GraphQLFieldResolver<unknown, RequestContext> {
  const [needed, ...others] = roles as Requirement[];
  if (!needed || others.length > 0) throw new Error(`${methodName} must name one permission`);
  const parameters = [...params].sort((a, b) => a.index - b.index).map(readerOf);
  return async (root, args, context, info) => {
    if (needed !== OWN_CREDENTIALS) assertPermitted(await context.authenticate(), needed);
    const request = { root, args, context, info };
    const values: unknown[] = [];
    for (const read of parameters) {
      const value = read(request);
      values.push(value instanceof Promise ? await value : value);
    }
    return resolver[methodName]?.(...values);
  };
}

function readerOf(parameter: Parameter): (request: ResolverData<RequestContext>) => unknown {
  switch (parameter.kind) {
    case "arg":
      return ({ args }) => args[parameter.name];
    case "args":
      return ({ args }) => args;
    case "custom":
      return parameter.resolver;
    default:
      throw new Error(`A parameter of the kind ${parameter.kind} has no meaning in a root field`);
  }
}
