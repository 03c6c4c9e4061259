import type { KeySetPolicy } from "../key-sets/key-set-url.js";
import { toKeySource } from "../key-sets/public-key.js";
import type { Platform } from "../platform/platform.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { everyClient } from "../shared/client-reach.js";
import { badUserInput } from "../shared/errors.js";
import { makerOf } from "../shared/maker.js";
import { validate } from "../shared/validation.js";
import { buildClient, type ClientDescription } from "./build-client.js";
import { buildClientSecret, noSecretToExpire } from "./build-client-secret.js";
import type { Client } from "./client.entity.js";
import { importClientRules } from "./client-rules.js";
import type { ClientStore } from "./client-store.js";
import type { ClientAuthenticationInput, ClientOwnerInput } from "./client-writer.js";
import type { SlowHasher } from "./slow-hasher.js";
import { hashSuppliedSecret, type SuppliedSecret } from "./supplied-secret.js";

export interface ImportedClient
  extends ClientDescription,
    ClientAuthenticationInput,
    ClientOwnerInput {
  clientId: string;
  /** One of `clientSecret` and `secretHash` is set, or neither if the client has keys. */
  clientSecret?: string | null;
  secretHash?: string | null;
  secretExpiresAt?: Date | null;
  scopes?: string[] | null;
  idempotencyKey?: string | null;
}

/** Imports clients with the ids and credentials that they already use. */
export class ClientImport {
  readonly #rules: ReturnType<typeof importClientRules>;

  constructor(
    private readonly platform: Platform,
    private readonly store: ClientStore,
    private readonly slowHasher: SlowHasher,
    keySetPolicy: KeySetPolicy,
  ) {
    this.#rules = importClientRules(keySetPolicy);
  }

  /**
   * @throws BAD_USER_INPUT, ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND, DUPLICATE_CLIENT_ID,
   *   INSECURE_CLIENT_SECRET, IDEMPOTENCY_CONFLICT
   */
  async import(caller: Caller, input: ImportedClient): Promise<Client> {
    assertPermitted(caller, "clients:write");
    const rules = validate(this.#rules, input);
    const supplied = suppliedSecretOf(rules);
    const { projectId } = caller;
    const { clientId } = rules;
    // `aud` of tokens, and the user name with which management keys call endpoints of clients.
    if (clientId === projectId) {
      throw badUserInput(["input", "clientId"], "Must not be the project's id");
    }
    return this.platform.idempotency.run(
      { projectId, operation: "importClient", key: rules.idempotencyKey, input: rules },
      async (recordResult) => {
        const hashed = supplied && (await hashSuppliedSecret(this.slowHasher, clientId, supplied));
        const keys = rules.keys && (await toKeySource(rules.keys));
        const maker = makerOf(caller);
        const now = this.platform.clock.now();
        const client = buildClient(projectId, clientId, { ...rules, keys }, maker, now);
        const secret =
          hashed && buildClientSecret(client, hashed, "CURRENT", maker, rules.secretExpiresAt, now);
        await this.platform.unitOfWork.write(async () => {
          await this.store.insert(caller, client, secret, "client.import");
          await recordResult(clientId);
        });
        return client;
      },
      async () => this.store.get(everyClient(caller), clientId),
    );
  }
}

/** @returns null for a client that has keys instead @throws BAD_USER_INPUT */
function suppliedSecretOf({
  clientSecret,
  secretHash,
  secretExpiresAt,
  tokenEndpointAuthMethod,
}: Omit<ImportedClient, "keys" | "owner">): SuppliedSecret | null {
  const isSecret = typeof clientSecret === "string";
  const isHash = typeof secretHash === "string";
  if (isSecret && isHash) {
    throw badUserInput(
      ["input", "clientSecret"],
      "Both clientSecret and secretHash are given: leave one of them out",
    );
  }
  if (isSecret) return { clientSecret };
  if (isHash) return { secretHash };
  if (tokenEndpointAuthMethod !== "PRIVATE_KEY_JWT") {
    throw badUserInput(
      ["input", "clientSecret"],
      "Neither clientSecret nor secretHash is given: give one of them, or PRIVATE_KEY_JWT and keys",
    );
  }
  if (secretExpiresAt) throw noSecretToExpire();
  return null;
}
