import DataLoader from "dataloader";
import type { QueryDeepPartialEntity } from "typeorm";
import type { Platform } from "../platform/platform.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import type { Client } from "./client.entity.js";
import { ClientSecret } from "./client-secret.entity.js";
import { isValidAt } from "./client-secret.js";

/** Keeps a statement far below the databases' limits of parameters. */
const MAX_BATCH = 1000;

type ClientKey = Pick<Client, "projectId" | "clientId">;

/** The valid secrets of a client. */
export interface ValidSecrets {
  current: ClientSecret | null;
  /** The next or the previous one. */
  other: ClientSecret | null;
}

/** Reads and writes the secrets of clients, without checking permissions. */
export class ClientSecretStore {
  readonly #ofClients = new DataLoader<ClientKey, ClientSecret[]>(
    (clients) => this.#listAll(clients),
    { cache: false, maxBatchSize: MAX_BATCH },
  );

  constructor(private readonly platform: Platform) {}

  /** The valid secrets of a client, the current one first. Calls at the same time share a statement. */
  async listValid(client: ClientKey): Promise<ClientSecret[]> {
    if (!isWellFormedText(client.clientId)) return [];
    const secrets = await this.#ofClients.load(client);
    return secrets.filter(isValidAt(this.platform.clock.now()));
  }

  /** Inserts a secret in the active unit of work. */
  async insert(secret: ClientSecret): Promise<void> {
    const row = secret as QueryDeepPartialEntity<ClientSecret>;
    await this.platform.unitOfWork.activeManager.insert(ClientSecret, row);
  }

  /** Changes a secret in the active unit of work. */
  async update(
    { secretId }: ClientSecret,
    change: Partial<Pick<ClientSecret, "status" | "expiresAt">>,
  ): Promise<void> {
    await this.platform.unitOfWork.activeManager.update(ClientSecret, { secretId }, change);
  }

  /** Ends a secret in the active unit of work. */
  async delete({ secretId }: ClientSecret): Promise<void> {
    await this.platform.unitOfWork.activeManager.delete(ClientSecret, { secretId });
  }

  /** Locks the valid secrets of a client that the active unit of work has locked, and deletes ended ones. */
  async lockValid({ projectId, clientId }: ClientKey): Promise<ValidSecrets> {
    // In the order in which times of last use are written, so that neither waits for the other.
    const secrets = await this.platform.unitOfWork.findAllForUpdate(
      ClientSecret,
      { projectId, clientId },
      "secretId",
    );
    const isValid = isValidAt(this.platform.clock.now());
    for (const secret of secrets) if (!isValid(secret)) await this.delete(secret);
    const valid = secrets.filter(isValid);
    return {
      current: valid.find(({ status }) => status === "CURRENT") ?? null,
      other: valid.find(({ status }) => status !== "CURRENT") ?? null,
    };
  }

  async #listAll(clients: readonly ClientKey[]): Promise<ClientSecret[][]> {
    const keys = clients.map((_, index) => `(:project${index}, :client${index})`).join(", ");
    const parameters = Object.fromEntries(
      clients.flatMap(({ projectId, clientId }, index) => [
        [`project${index}`, projectId],
        [`client${index}`, clientId],
      ]),
    );
    const secrets = await this.platform.unitOfWork.read
      .createQueryBuilder(ClientSecret, "secret")
      .where(`(secret.projectId, secret.clientId) IN (VALUES ${keys})`, parameters)
      // CURRENT, NEXT, PREVIOUS
      .orderBy("secret.status")
      .getMany();
    const byClient = Map.groupBy(secrets, keyOf);
    return clients.map((client) => byClient.get(keyOf(client)) ?? []);
  }
}

const keyOf = ({ projectId, clientId }: ClientKey) => JSON.stringify([projectId, clientId]);
