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
import { toConnection } from "../graphql-types/connection.js";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { PageArgs } from "../graphql-types/page-args.js";
import { Throws } from "../graphql-types/throws.js";
import type { KeySource } from "../key-sets/key-sources.js";
import type { Caller } from "../shared/caller.js";
import type { ClientOwner } from "../shared/client-owner.js";
import type { Requirement } from "../shared/permissions.js";
import { type Client, ownerOf } from "./client.entity.js";
import {
  CreateClientInput,
  DeleteClientInput,
  ImportClientInput,
  UpdateClientInput,
} from "./client.inputs.js";
import {
  ClientConnection,
  ClientType,
  CreateClientPayload,
  DeleteClientPayload,
  ImportClientPayload,
  UpdateClientPayload,
} from "./client.payloads.js";
import type { ClientService } from "./client.service.js";
import { ClientFilterInput, ClientOrderInput } from "./client-filter.inputs.js";
import type { ClientImport } from "./client-import.js";
import { type ClientOrder, type ClientSearch, NEWEST_FIRST } from "./client-search.js";

/** GraphQL operations on clients. */
@Resolver(() => ClientType)
export class ClientResolver {
  constructor(
    private readonly clients: ClientService,
    private readonly clientSearch: ClientSearch,
    private readonly clientImport: ClientImport,
  ) {}

  @Authorized<Requirement>("clients:read", "own_clients:read")
  @Query(() => ClientType, {
    nullable: true,
    description: "A client by its id; null if there is none.",
  })
  client(
    @CurrentCaller() caller: Caller,
    @Arg("clientId", () => ID, { description: "Id of the client." }) clientId: string,
  ) {
    return this.clients.find(caller, clientId);
  }

  @Authorized<Requirement>("clients:read", "own_clients:read")
  @Query(() => ClientConnection, { name: "clients", description: "The clients of the project." })
  async listClients(
    @CurrentCaller() caller: Caller,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => ClientFilterInput, {
      nullable: true,
      description: "Filter; all clients if absent.",
    })
    filter: ClientFilterInput | null,
    @Arg("orderBy", () => ClientOrderInput, {
      nullable: true,
      description: "Sort order; newest first if absent.",
    })
    order: ClientOrder | null,
  ) {
    return toConnection(
      await this.clientSearch.search(caller, page, filter ?? {}, order ?? NEWEST_FIRST),
    );
  }

  @Authorized<Requirement>("clients:write", "own_clients:write")
  @Throws(
    "IDEMPOTENCY_CONFLICT",
    "CLIENT_NOT_FOUND",
    "ORGANIZATION_NOT_FOUND",
    "MEMBER_NOT_FOUND",
    "PRECONDITION_FAILED",
  )
  @Mutation(() => CreateClientPayload, {
    description: "Creates a client; its secret is shown only once.",
  })
  createClient(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => CreateClientInput, { description: "The new client." })
    input: CreateClientInput,
  ) {
    return this.clients.create(caller, input);
  }

  @Authorized<Requirement>("clients:write")
  @Throws(
    "DUPLICATE_CLIENT_ID",
    "INSECURE_CLIENT_SECRET",
    "IDEMPOTENCY_CONFLICT",
    "CLIENT_NOT_FOUND",
    "ORGANIZATION_NOT_FOUND",
    "MEMBER_NOT_FOUND",
  )
  @Mutation(() => ImportClientPayload, {
    description: "Imports a client with the id and the secret or keys that it already uses.",
  })
  async importClient(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => ImportClientInput, { description: "The client." }) input: ImportClientInput,
  ) {
    return { client: await this.clientImport.import(caller, input) };
  }

  @Authorized<Requirement>("clients:write", "own_clients:write")
  @Throws(
    "CLIENT_NOT_FOUND",
    "VERSION_CONFLICT",
    "PRECONDITION_FAILED",
    "ORGANIZATION_NOT_FOUND",
    "MEMBER_NOT_FOUND",
  )
  @Mutation(() => UpdateClientPayload, {
    description: "Changes a client; tokens that have already been issued stay unchanged.",
  })
  async updateClient(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => UpdateClientInput, { description: "What to change." })
    input: UpdateClientInput,
  ) {
    return { client: await this.clients.update(caller, input) };
  }

  @Authorized<Requirement>("clients:write", "own_clients:write")
  @Throws("CLIENT_NOT_FOUND", "VERSION_CONFLICT")
  @Mutation(() => DeleteClientPayload, { description: "Deletes a client permanently." })
  async deleteClient(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => DeleteClientInput, { description: "The client to delete." })
    input: DeleteClientInput,
  ) {
    return { clientId: await this.clients.delete(caller, input) };
  }

  @FieldResolver()
  owner(@Root() client: Client): ClientOwner | null {
    return ownerOf(client);
  }

  @FieldResolver()
  keys(@Root() { jwksUrl, publicKeys }: Client): KeySource | null {
    return jwksUrl || publicKeys ? { jwksUrl, publicKeys: publicKeys ?? [] } : null;
  }
}
