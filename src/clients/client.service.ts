import type { QueryDeepPartialEntity } from "typeorm";
import type { AuditLog } from "../audit/audit-log.js";
import type { Caller } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import { isUniqueViolation } from "../shared/database-errors.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import type { Idempotency } from "../shared/idempotency.js";
import { newId } from "../shared/ids.js";
import { withoutNulls } from "../shared/patch.js";
import { generateSecret, hashSecret, lastFour } from "../shared/secrets.js";
import { isStorableText } from "../shared/storable-text.js";
import { type JsonObject, mergeTrustedMetadata } from "../shared/trusted-metadata.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import { lookupId, validate } from "../shared/validation.js";
import { assertVersion } from "../shared/version.js";
import { Client, type ClientStatus } from "./client.entity.js";
import { clientRef, createClientRules, updateClientRules } from "./client-rules.js";
import { ClientSearchTerm, searchTermsOf } from "./client-search-term.entity.js";
import type { SlowHasher } from "./slow-hasher.js";

export interface ClientDescription {
  name?: string | null | undefined;
  description?: string | null | undefined;
  trustedMetadata?: JsonObject | null | undefined;
  accessTokenLifetimeSeconds?: number | null | undefined;
  expiresAt?: Date | null | undefined;
}

export interface NewClient extends ClientDescription {
  scopes: string[];
  idempotencyKey?: string | null;
}

/** Absent: unchanged. Null: cleared. Trusted metadata is merged at its top level. */
export interface ClientChange extends ClientDescription {
  clientId: string;
  scopes?: string[] | null;
  status?: ClientStatus | null;
  expectedVersion?: number | null;
}

export interface ClientRef {
  clientId: string;
  expectedVersion?: number | null;
}

/** The secret is null when an idempotency key replays the creation: it is shown once. */
export interface CreatedClient {
  client: Client;
  clientSecret: string | null;
}

interface StoredSecret {
  secretHash: string;
  secretLastFour: string | null;
}

export class ClientService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly auditLog: AuditLog,
    private readonly idempotency: Idempotency,
    private readonly slowHasher: SlowHasher,
    private readonly clock: Clock,
  ) {}

  async find(projectId: string, clientId: string): Promise<Client | null> {
    if (!isStorableText(clientId)) return null;
    return this.unitOfWork.read.findOneBy(Client, { projectId, clientId });
  }

  /** @throws CLIENT_NOT_FOUND */
  async get(projectId: string, clientId: string): Promise<Client> {
    validate(lookupId, clientId, ["clientId"]);
    const client = await this.find(projectId, clientId);
    if (!client) throw clientNotFound();
    return client;
  }

  /** @throws BAD_USER_INPUT, IDEMPOTENCY_CONFLICT */
  async create(caller: Caller, input: NewClient): Promise<CreatedClient> {
    const rules = validate(createClientRules, input);
    const { projectId } = caller;
    return this.idempotency.run<CreatedClient>(
      { projectId, operation: "createClient", key: rules.idempotencyKey, input: rules },
      async (claim) => {
        const clientSecret = generateSecret("csk");
        const secret = {
          secretHash: hashSecret(clientSecret),
          secretLastFour: lastFour(clientSecret),
        };
        const client = this.build(projectId, newId("client"), rules, secret);
        await this.unitOfWork.write(async () => {
          await this.insert(caller, client, "client.create");
          await claim(client.clientId);
        });
        return { client, clientSecret };
      },
      async (clientId) => ({ client: await this.get(projectId, clientId), clientSecret: null }),
    );
  }

  /** @throws BAD_USER_INPUT, CLIENT_NOT_FOUND, CONFLICT */
  async update(caller: Caller, input: ClientChange): Promise<Client> {
    const rules = validate(updateClientRules, withoutNulls(input, "scopes", "status"));
    const { clientId, expectedVersion, ...patch } = rules;
    return this.change(caller, { clientId, expectedVersion }, "client.update", (client) => {
      const { trustedMetadata, ...columns } = patch;
      if (trustedMetadata === null) client.trustedMetadata = {};
      else if (trustedMetadata) {
        client.trustedMetadata = mergeTrustedMetadata(client.trustedMetadata, trustedMetadata);
      }
      Object.assign(client, columns, { nameKey: nameKeyOf(columns.name ?? client.name) });
      if (columns.name === null) client.nameKey = "";
      if (client.status !== "ACTIVE") {
        this.slowHasher.forget(client.secretHash, client.nextSecretHash);
      }
    });
  }

  /** @throws CLIENT_NOT_FOUND, CONFLICT */
  async delete(caller: Caller, input: ClientRef): Promise<string> {
    const { clientId, expectedVersion } = validate(clientRef, input);
    const { projectId } = caller;
    await this.unitOfWork.write(async (manager) => {
      const client = await this.unitOfWork.findForUpdate(Client, { projectId, clientId });
      if (!client) throw clientNotFound();
      assertVersion(client.version, expectedVersion);
      await manager.delete(Client, { projectId, clientId });
      this.slowHasher.forget(client.secretHash, client.nextSecretHash);
      await this.auditLog.record(caller, { action: "client.delete", targetId: clientId });
    });
    return clientId;
  }

  build(
    projectId: string,
    clientId: string,
    input: ClientDescription & { scopes?: string[] | null | undefined },
    secret: StoredSecret,
  ): Client {
    const now = this.clock.now();
    if (input.expiresAt && input.expiresAt <= now) {
      throw badUserInput(["input", "expiresAt"], "Must be in the future");
    }
    return Object.assign(new Client(), {
      projectId,
      clientId,
      name: input.name ?? null,
      nameKey: nameKeyOf(input.name),
      description: input.description ?? null,
      status: "ACTIVE" as const,
      scopes: input.scopes ?? [],
      trustedMetadata: mergeTrustedMetadata({}, input.trustedMetadata ?? {}),
      accessTokenLifetimeSeconds: input.accessTokenLifetimeSeconds ?? null,
      ...secret,
      nextSecretHash: null,
      nextSecretLastFour: null,
      createdAt: now,
      updatedAt: now,
      lastUsedAt: null,
      expiresAt: input.expiresAt ?? null,
      version: 1,
    });
  }

  /** Part of a unit of work. @throws DUPLICATE_CLIENT_ID */
  async insert(caller: Caller, client: Client, action: `client.${string}`): Promise<void> {
    const manager = this.unitOfWork.current;
    try {
      await manager.insert(Client, client as QueryDeepPartialEntity<Client>);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw new CountersignError("DUPLICATE_CLIENT_ID", "A client with this id exists already", {
        path: ["input", "clientId"],
      });
    }
    await this.#insertSearchTerms(client);
    await this.auditLog.record(caller, { action, targetId: client.clientId });
  }

  /**
   * Changes one client in a unit of work: `mutate` edits the loaded row.
   * @throws CLIENT_NOT_FOUND, CONFLICT
   */
  async change(
    caller: Caller,
    ref: { clientId: string; expectedVersion?: number | null | undefined },
    action: `client.${string}`,
    mutate: (client: Client) => void | Promise<void>,
  ): Promise<Client> {
    const { projectId } = caller;
    const { clientId } = ref;
    return this.unitOfWork.write(async (manager) => {
      const client = await this.unitOfWork.findForUpdate(Client, { projectId, clientId });
      if (!client) throw clientNotFound();
      assertVersion(client.version, ref.expectedVersion);
      const terms = searchTermsOf(client).join("\n");
      await mutate(client);
      client.updatedAt = this.clock.now();
      client.version += 1;
      const { projectId: _p, clientId: _c, lastUsedAt: _l, ...columns } = client;
      await manager.update(
        Client,
        { projectId, clientId },
        columns as QueryDeepPartialEntity<Client>,
      );
      if (searchTermsOf(client).join("\n") !== terms) {
        await manager.delete(ClientSearchTerm, { projectId, clientId });
        await this.#insertSearchTerms(client);
      }
      await this.auditLog.record(caller, { action, targetId: clientId });
      return client;
    });
  }

  async #insertSearchTerms(client: Client): Promise<void> {
    const { projectId, clientId } = client;
    const rows = searchTermsOf(client).map((term) => ({ projectId, clientId, term }));
    if (rows.length > 0) await this.unitOfWork.current.insert(ClientSearchTerm, rows);
  }
}

export function nameKeyOf(name: string | null | undefined): string {
  return (name ?? "").toLowerCase();
}

export function clientNotFound() {
  return new CountersignError("CLIENT_NOT_FOUND", "No such client");
}
