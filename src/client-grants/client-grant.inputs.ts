import { Field, ID, InputType, Int } from "type-graphql";
import { Idempotent, Versioned } from "../graphql-types/mutation.inputs.js";
import type { GrantedAccess } from "./build-client-grant.js";
import type { ClientGrantChange, ClientGrantRef, NewClientGrant } from "./client-grant.service.js";

@InputType()
abstract class GrantedAccessInput implements GrantedAccess {
  @Field(() => [String], { nullable: true, description: "Granted scopes of the API." })
  scopes?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether all scopes of the API are granted, now and later; false if never set.",
  })
  allScopes?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Lifetime of tokens for this grant, 60 seconds to the project's `maximumAccessTokenLifetimeSeconds`; null: the client's, the API's or the project's.",
  })
  accessTokenLifetimeSeconds?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether to end the client's secrets that somebody made who could not grant permissions on this server that the client gains; without it such a grant is PRECONDITION_FAILED.",
  })
  endSecrets?: boolean | null;
}

@InputType({ description: "A new grant." })
export class CreateClientGrantInput
  extends Idempotent(GrantedAccessInput)
  implements NewClientGrant
{
  @Field(() => ID, { description: "Id of the client." })
  clientId!: string;

  @Field(() => ID, { description: "Id of the API." })
  apiId!: string;
}

@InputType({
  description:
    "Changes to a grant; absent fields stay unchanged. Null clears a field that can be empty, and is refused for others.",
})
export class UpdateClientGrantInput
  extends Versioned(GrantedAccessInput)
  implements ClientGrantChange
{
  @Field(() => ID, { description: "Id of the grant." })
  clientGrantId!: string;
}

@InputType({ description: "The grant to delete." })
export class DeleteClientGrantInput extends Versioned() implements ClientGrantRef {
  @Field(() => ID, { description: "Id of the grant." })
  clientGrantId!: string;
}

@InputType("ClientGrantFilter", {
  description: "Filter for a list of grants; all given conditions must hold.",
})
export class ClientGrantFilterInput {
  @Field(() => ID, { nullable: true, description: "Grants of this client." })
  clientId?: string | null;

  @Field(() => ID, { nullable: true, description: "Grants on this API." })
  apiId?: string | null;
}
