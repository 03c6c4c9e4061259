import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { connectionType } from "../shared/connection.js";
import type {
  ClientGrantChange,
  ClientGrantRef,
  GrantedAccess,
  NewClientGrant,
} from "./client-grant.service.js";
import type { ClientGrantFilter } from "./client-grant-store.js";

@ObjectType("ClientGrant", { description: "The scopes that one client has on one API." })
export class ClientGrantType {
  @Field(() => ID, { description: "Id of the grant." })
  grantId!: string;

  @Field(() => ID, { description: "Whose grant it is." })
  clientId!: string;

  @Field(() => ID, { description: "On which API." })
  apiId!: string;

  @Field(() => [String], { description: "Granted scopes; empty where all are granted." })
  scopes!: string[];

  @Field(() => Boolean, { description: "Whether all scopes are granted that the API defines." })
  allScopes!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: "Lifetime of tokens by this grant where that is shorter than others.",
  })
  accessTokenLifetimeSeconds!: number | null;

  @Field(() => GraphQLDateTime, { description: "When it was created." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: "When it was last changed." })
  updatedAt!: Date;

  @Field(() => Int, { description: "Grows with each change; see `expectedVersion`." })
  version!: number;
}

@ObjectType("ClientGrantConnection", { description: "One page of a list of ClientGrant." })
export class ClientGrantConnection extends connectionType("ClientGrant", ClientGrantType) {}

@ObjectType({ description: "The new grant." })
export class CreateClientGrantPayload {
  @Field(() => ClientGrantType, { description: "The new grant." })
  clientGrant!: ClientGrantType;
}

@ObjectType({ description: "The changed grant." })
export class UpdateClientGrantPayload {
  @Field(() => ClientGrantType, { description: "The grant after the change." })
  clientGrant!: ClientGrantType;
}

@ObjectType({ description: "The deleted grant." })
export class DeleteClientGrantPayload {
  @Field(() => ID, { description: "Id of the deleted grant." })
  grantId!: string;
}

@InputType()
abstract class GrantedAccessInput implements GrantedAccess {
  @Field(() => [String], { nullable: true, description: "Scopes that the API defines." })
  scopes?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Grants all scopes of the API, now and later; false, if never set.",
  })
  allScopes?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    description: "60 to 2592000 seconds; applies where it is shorter than others.",
  })
  accessTokenLifetimeSeconds?: number | null;
}

@InputType({ description: "A new grant." })
export class CreateClientGrantInput extends GrantedAccessInput implements NewClientGrant {
  @Field(() => ID, { description: "Whose grant." })
  clientId!: string;

  @Field(() => ID, { description: "On which API." })
  apiId!: string;

  @Field(() => String, {
    nullable: true,
    description: "Repeating the call within 24 hours returns the same grant.",
  })
  idempotencyKey?: string | null;
}

@InputType({ description: "What to change; absent fields stay as they are." })
export class UpdateClientGrantInput extends GrantedAccessInput implements ClientGrantChange {
  @Field(() => ID, { description: "Which grant." })
  grantId!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Fails with CONFLICT unless the grant still has this version.",
  })
  expectedVersion?: number | null;
}

@InputType({ description: "Which grant to delete." })
export class DeleteClientGrantInput implements ClientGrantRef {
  @Field(() => ID, { description: "Which grant." })
  grantId!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Fails with CONFLICT unless the grant still has this version.",
  })
  expectedVersion?: number | null;
}

@InputType("ClientGrantFilter", { description: "Narrows a list of grants; all must hold." })
export class ClientGrantFilterInput implements ClientGrantFilter {
  @Field(() => ID, { nullable: true, description: "Of this client." })
  clientId?: string | null;

  @Field(() => ID, { nullable: true, description: "On this API." })
  apiId?: string | null;
}
