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
import type { Caller } from "../shared/caller.js";
import { connectionOf } from "../shared/connection.js";
import { CurrentCaller } from "../shared/current-caller.js";
import { PageArgs } from "../shared/page-args.js";
import type { Requirement } from "../shared/permissions.js";
import type { Client } from "./client.entity.js";
import {
  ClientFilterInput,
  ClientOrderInput,
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
import type { ClientImport } from "./client-import.js";
import { type ClientList, NEWEST_FIRST } from "./client-list.js";

@Resolver(() => ClientType)
export class ClientResolver {
  constructor(
    private readonly clients: ClientService,
    private readonly list: ClientList,
    private readonly clientImport: ClientImport,
  ) {}

  @Authorized<Requirement>("clients:read")
  @Query(() => ClientType, {
    nullable: true,
    description: "A client by its id; null if there is none.",
  })
  client(
    @CurrentCaller() caller: Caller,
    @Arg("clientId", () => ID, { description: "Which client." }) clientId: string,
  ) {
    return this.clients.find(caller, clientId);
  }

  @Authorized<Requirement>("clients:read")
  @Query(() => ClientConnection, { name: "clients", description: "The clients of the project." })
  async listClients(
    @CurrentCaller() caller: Caller,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => ClientFilterInput, {
      nullable: true,
      description: "Which clients; all without it.",
    })
    filter: ClientFilterInput | null,
    @Arg("orderBy", () => ClientOrderInput, {
      nullable: true,
      description: "Newest first without it.",
    })
    order: ClientOrderInput | null,
  ) {
    return connectionOf(await this.list.page(caller, page, filter ?? {}, order ?? NEWEST_FIRST));
  }

  @Authorized<Requirement>("clients:write")
  @Mutation(() => CreateClientPayload, { description: "Creates a client; shows its secret once." })
  createClient(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => CreateClientInput, { description: "The new client." })
    input: CreateClientInput,
  ) {
    return this.clients.create(caller, input);
  }

  @Authorized<Requirement>("clients:write")
  @Mutation(() => ImportClientPayload, {
    description: "Takes over a client with the id and secret that its program already has.",
  })
  async importClient(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => ImportClientInput, { description: "The client." }) input: ImportClientInput,
  ) {
    return { client: await this.clientImport.import(caller, input) };
  }

  @Authorized<Requirement>("clients:write")
  @Mutation(() => UpdateClientPayload, {
    description: "Changes a client. Tokens that it has already got stay as they are.",
  })
  async updateClient(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => UpdateClientInput, { description: "What to change." })
    input: UpdateClientInput,
  ) {
    return { client: await this.clients.update(caller, input) };
  }

  @Authorized<Requirement>("clients:write")
  @Mutation(() => DeleteClientPayload, { description: "Deletes a client for good." })
  async deleteClient(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => DeleteClientInput, { description: "Which client." })
    input: DeleteClientInput,
  ) {
    return { clientId: await this.clients.delete(caller, input) };
  }

  @FieldResolver()
  clientSecretLastFour(@Root() client: Client): string | null {
    return client.secretLastFour;
  }

  @FieldResolver()
  nextClientSecretLastFour(@Root() client: Client): string | null {
    return client.nextSecretLastFour;
  }
}
