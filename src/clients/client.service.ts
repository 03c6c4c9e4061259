import type { BatchedReads } from "../persistence/batched-reads.js";
import type { Caller } from "../shared/caller.js";
import { clientReach, isWithinReach } from "../shared/client-reach.js";
import { Client, ownerOf } from "./client.entity.js";
import type { ClientRef } from "./client-store.js";
import type { ClientChange, ClientWriter, CreatedClient, NewClient } from "./client-writer.js";

/** Reads and manages clients for callers with the needed permissions. */
export class ClientService {
  constructor(
    private readonly batchedReads: BatchedReads,
    private readonly writer: ClientWriter,
  ) {}

  async find(caller: Caller, clientId: string): Promise<Client | null> {
    const reach = clientReach(caller, "clients:read");
    const client = await this.batchedReads.find(caller, Client, "clientId", clientId);
    return client && isWithinReach(reach, ownerOf(client)) ? client : null;
  }

  /** @throws BAD_USER_INPUT, IDEMPOTENCY_CONFLICT */
  async create(caller: Caller, input: NewClient): Promise<CreatedClient> {
    return this.writer.create(clientReach(caller, "clients:write"), input);
  }

  /** @throws BAD_USER_INPUT, CLIENT_NOT_FOUND, FORBIDDEN, VERSION_CONFLICT */
  async update(caller: Caller, input: ClientChange): Promise<Client> {
    return this.writer.update(clientReach(caller, "clients:write"), input);
  }

  /** @throws CLIENT_NOT_FOUND, VERSION_CONFLICT */
  async delete(caller: Caller, input: ClientRef): Promise<string> {
    return this.writer.delete(clientReach(caller, "clients:write"), input);
  }
}
