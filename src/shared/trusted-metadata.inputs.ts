import { GraphQLJSONObject } from "graphql-scalars";
import { Field, InputType } from "type-graphql";
import type { JsonObject } from "./trusted-metadata.js";

/** The input of a resource with metadata that only operators set. */
@InputType()
export abstract class TrustedMetadataInput {
  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      "Up to 20 top-level keys and 4 KB of JSON; an update merges at the top level, and null deletes a key.",
  })
  trustedMetadata?: JsonObject | null;
}
