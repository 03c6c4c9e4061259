import {
  Arg,
  Args,
  Authorized,
  FieldResolver,
  ID,
  Mutation,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { ApiType } from "../apis/api.payloads.js";
import type { ApiService } from "../apis/api.service.js";
import type { Client } from "../clients/client.entity.js";
import { ClientType } from "../clients/client.payloads.js";
import type { ClientService } from "../clients/client.service.js";
import { toConnection } from "../graphql-types/connection.js";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { PageArgs } from "../graphql-types/page-args.js";
import { Throws } from "../graphql-types/throws.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import type { ClientGrant } from "./client-grant.entity.js";
import {
  ClientGrantFilterInput,
  CreateClientGrantInput,
  DeleteClientGrantInput,
  UpdateClientGrantInput,
} from "./client-grant.inputs.js";
import {
  ClientGrantConnection,
  ClientGrantType,
  CreateClientGrantPayload,
  DeleteClientGrantPayload,
  UpdateClientGrantPayload,
} from "./client-grant.payloads.js";
import type { ClientGrantService } from "./client-grant.service.js";

/** GraphQL operations on client grants. */
@Resolver(() => ClientGrantType)
export class ClientGrantResolver {
  constructor(
    private readonly grants: ClientGrantService,
    private readonly apis: ApiService,
    private readonly clients: ClientService,
  ) {}

  @Authorized<Requirement>("clients:read", "own_clients:read")
  @Query(() => ClientGrantType, {
    nullable: true,
    description: "A grant by its id; null if there is none.",
  })
  clientGrant(
    @CurrentCaller() caller: Caller,
    @Arg("clientGrantId", () => ID, { description: "Id of the grant." }) clientGrantId: string,
  ) {
    return this.grants.find(caller, clientGrantId);
  }

  @Authorized<Requirement>("clients:read", "own_clients:read")
  @Query(() => ClientGrantConnection, {
    name: "clientGrants",
    description: "The client grants of the project, newest first.",
  })
  async listClientGrants(
    @CurrentCaller() caller: Caller,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => ClientGrantFilterInput, {
      nullable: true,
      description: "Filter; all grants if absent.",
    })
    filter: ClientGrantFilterInput | null,
  ) {
    return toConnection(await this.grants.list(caller, page, filter ?? {}));
  }

  @Authorized<Requirement>("clients:write", "own_clients:write")
  @Throws(
    "CLIENT_NOT_FOUND",
    "API_NOT_FOUND",
    "ALREADY_EXISTS",
    "IDEMPOTENCY_CONFLICT",
    "CLIENT_GRANT_NOT_FOUND",
    "PRECONDITION_FAILED",
  )
  @Mutation(() => CreateClientGrantPayload, {
    description: "Grants a client scopes of an API.",
  })
  async createClientGrant(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => CreateClientGrantInput, { description: "The new grant." })
    input: CreateClientGrantInput,
  ) {
    return { clientGrant: await this.grants.create(caller, input) };
  }

  @Authorized<Requirement>("clients:write", "own_clients:write")
  @Throws(
    "CLIENT_GRANT_NOT_FOUND",
    "CLIENT_NOT_FOUND",
    "API_NOT_FOUND",
    "VERSION_CONFLICT",
    "PRECONDITION_FAILED",
  )
  @Mutation(() => UpdateClientGrantPayload, {
    description: "Changes a grant; the change applies from the next token.",
  })
  async updateClientGrant(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => UpdateClientGrantInput, { description: "What to change." })
    input: UpdateClientGrantInput,
  ) {
    return { clientGrant: await this.grants.update(caller, input) };
  }

  @Authorized<Requirement>("clients:write", "own_clients:write")
  @Throws("CLIENT_GRANT_NOT_FOUND", "VERSION_CONFLICT")
  @Mutation(() => DeleteClientGrantPayload, {
    description: "Deletes a grant; the client gets no further tokens for the API.",
  })
  async deleteClientGrant(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => DeleteClientGrantInput, { description: "The grant to delete." })
    input: DeleteClientGrantInput,
  ) {
    return { clientGrantId: await this.grants.delete(caller, input) };
  }

  @Authorized<Requirement>("apis:read")
  @FieldResolver(() => ApiType, { nullable: true, description: "The API that the grant is on." })
  api(@CurrentCaller() caller: Caller, @Root() { apiId }: ClientGrant) {
    return this.apis.find(caller, apiId);
  }

  @Authorized<Requirement>("clients:read", "own_clients:read")
  @FieldResolver(() => ClientType, {
    nullable: true,
    description: "The client that has the grant.",
  })
  client(@CurrentCaller() caller: Caller, @Root() { clientId }: ClientGrant) {
    return this.clients.find(caller, clientId);
  }
}

/** The field `grants` of a client. */
@Resolver(() => ClientType)
export class ClientGrantsFieldResolver {
  constructor(private readonly clientGrants: ClientGrantService) {}

  @Authorized<Requirement>("clients:read", "own_clients:read")
  @FieldResolver(() => ClientGrantConnection, {
    nullable: true,
    description: "The grants of the client, newest first.",
  })
  async grants(
    @CurrentCaller() caller: Caller,
    @Root() { clientId }: Client,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    return toConnection(await this.clientGrants.list(caller, page, { clientId }));
  }
}
