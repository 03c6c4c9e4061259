import { LRUCache } from "lru-cache";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { WriteBehind } from "../persistence/write-behind.js";
import type { MasterKeyRing } from "../shared/master-key.js";
import type { Client } from "./client.entity.js";
import { ClientSecret } from "./client-secret.entity.js";

/** The columns of a secret that tell whether another secret has matched its slow hash. */
export type StoredSecret = Pick<ClientSecret, "secretId" | "hash" | "fingerprint">;

type ClientKey = Pick<Client, "projectId" | "clientId">;

/**
 * Remembers which secrets have matched their slow hash, as fingerprints under the master key, so that only
 * the first use of a secret costs a slow hash (ADR 0004). The fingerprint is stored beside the hash a few
 * seconds later, for other processes and the next start.
 */
export class VerifiedSecrets {
  /** Secret id -> fingerprint, until requests read it with the secret. */
  readonly #fingerprints = new LRUCache<string, string>({ max: 10_000 });
  /** Network and secret id, if the network has sent the secret to this process. */
  readonly #seenFrom = new LRUCache<string, true>({ max: 10_000 });
  readonly #unwritten: WriteBehind<Pick<ClientSecret, "secretId" | "fingerprint">>;

  constructor(
    private readonly masterKeys: MasterKeyRing,
    unitOfWork: UnitOfWork,
  ) {
    this.#unwritten = new WriteBehind(
      (_older, newer) => newer,
      (facts) =>
        unitOfWork.write(async (manager) => {
          for (const { secretId, fingerprint } of facts) {
            await manager.update(ClientSecret, { secretId }, { fingerprint });
          }
        }),
    );
  }

  /** Whether the secret has matched this hash before; takes microseconds. */
  has(client: ClientKey, stored: StoredSecret, secret: string): boolean {
    const text = fingerprinted(client, stored, secret);
    return [stored.fingerprint, this.#fingerprints.get(stored.secretId)].some(
      (fingerprint) => !!fingerprint && this.masterKeys.matchesFingerprint(text, fingerprint),
    );
  }

  isSeenFrom(network: string, { secretId }: StoredSecret): boolean {
    return this.#seenFrom.has(`${network} ${secretId}`);
  }

  /** Adds a secret that has matched the hash for this network. */
  add(network: string, client: ClientKey, stored: StoredSecret, secret: string): void {
    const { secretId } = stored;
    this.#seenFrom.set(`${network} ${secretId}`, true);
    const fingerprint = this.masterKeys.fingerprint(fingerprinted(client, stored, secret));
    // It differs if it was made under a former master key.
    if (stored.fingerprint === fingerprint) return;
    this.#fingerprints.set(secretId, fingerprint);
    this.#unwritten.add(secretId, { secretId, fingerprint });
  }

  async flush(): Promise<void> {
    await this.#unwritten.flush();
  }
}

/** A fingerprint matches nothing in the row of another secret, or beside another hash. */
function fingerprinted(
  { projectId, clientId }: ClientKey,
  { secretId, hash }: StoredSecret,
  secret: string,
): string {
  return JSON.stringify(["client-secret", projectId, clientId, secretId, hash, secret]);
}
