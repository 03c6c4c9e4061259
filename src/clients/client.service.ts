import type { BatchedReads } from "../persistence/batched-reads.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { Client } from "./client.entity.js";
import type { ClientRef } from "./client-store.js";
import type { ClientChange, ClientWriter, CreatedClient, NewClient } from "./client-writer.js";

/** Reads and manages clients for callers with the needed permissions. */
export class ClientService {
  constructor(
    private readonly batchedReads: BatchedReads,
    private readonly writer: ClientWriter,
  ) {}

  async find(caller: Caller, clientId: string): Promise<Client | null> {
    assertPermitted(caller, "clients:read");
    return this.batchedReads.find(caller, Client, "clientId", clientId);
  }

  /** @throws BAD_USER_INPUT, IDEMPOTENCY_CONFLICT */
  async create(caller: Caller, input: NewClient): Promise<CreatedClient> {
    assertPermitted(caller, "clients:write");
    return this.writer.create(caller, input);
  }

  /** @throws BAD_USER_INPUT, CLIENT_NOT_FOUND, FORBIDDEN, VERSION_CONFLICT */
  async update(caller: Caller, input: ClientChange): Promise<Client> {
    assertPermitted(caller, "clients:write");
    return this.writer.update(caller, input);
  }

  /** @throws CLIENT_NOT_FOUND, VERSION_CONFLICT */
  async delete(caller: Caller, input: ClientRef): Promise<string> {
    assertPermitted(caller, "clients:write");
    return this.writer.delete(caller, input);
  }
}
