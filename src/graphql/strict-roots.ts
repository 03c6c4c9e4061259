import { GraphQLNonNull, type GraphQLSchema, isNullableType } from "graphql";
import { getMetadataStorage } from "type-graphql";

/**
 * Gives the root fields back the types that their resolvers declare, which `guardFields` makes nullable (ADR 0016).
 * It is a schema to generate clients from: those that throw at every error never see the nulls (ADR 0034).
 */
export function strictRoots(schema: GraphQLSchema): GraphQLSchema {
  const { queries, mutations } = getMetadataStorage();
  const nullable = new Set(
    [...queries, ...mutations]
      .filter(({ returnTypeOptions }) => returnTypeOptions.nullable)
      .map(({ schemaName }) => schemaName),
  );
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      if (nullable.has(field.name) || !isNullableType(field.type)) continue;
      field.type = new GraphQLNonNull(field.type);
    }
  }
  return schema;
}
