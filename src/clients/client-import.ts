import type { Platform } from "../platform/platform.js";
import { assertLifetimeAllowed } from "../projects/access-token-lifetime.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import { isGeneratedClientId } from "../shared/ids.js";
import { hashSecret, isGeneratedSecret, lastFour } from "../shared/secrets.js";
import { validate } from "../shared/validation.js";
import { buildClient, type ClientDescription } from "./build-client.js";
import type { Client } from "./client.entity.js";
import { importClientRules } from "./client-rules.js";
import type { ClientStore } from "./client-store.js";
import type { SlowHasher } from "./slow-hasher.js";

export interface ImportedClient extends ClientDescription {
  clientId: string;
  /** Exactly one of `clientSecret` and `secretHash` is set. */
  clientSecret?: string | null;
  secretHash?: string | null;
  scopes?: string[] | null;
  idempotencyKey?: string | null;
}

/** Imports clients with the ids and secrets that they already use. */
export class ClientImport {
  constructor(
    private readonly platform: Platform,
    private readonly store: ClientStore,
    private readonly slowHasher: SlowHasher,
  ) {}

  /** @throws BAD_USER_INPUT, DUPLICATE_CLIENT_ID, INSECURE_CLIENT_SECRET, IDEMPOTENCY_CONFLICT */
  async import(caller: Caller, input: ImportedClient): Promise<Client> {
    assertPermitted(caller, "clients:write");
    const rules = validate(importClientRules, input);
    const { projectId } = caller;
    const { clientId } = rules;
    return this.platform.idempotency.run(
      { projectId, operation: "importClient", key: rules.idempotencyKey, input: rules },
      async (recordResult) => {
        const secret = await this.#toStoredSecret(clientId, rules);
        const client = buildClient(projectId, clientId, rules, secret, this.platform.clock.now());
        await this.platform.unitOfWork.write(async () => {
          const { accessTokenLifetimeSeconds: lifetime } = rules;
          await assertLifetimeAllowed(this.platform.unitOfWork, projectId, lifetime);
          await this.store.insert(caller, client, "client.import");
          await recordResult(clientId);
        });
        return client;
      },
      async () => this.store.get(projectId, clientId),
    );
  }

  async #toStoredSecret(
    clientId: string,
    input: Pick<ImportedClient, "clientSecret" | "secretHash">,
  ) {
    const { clientSecret, secretHash } = input;
    if (clientSecret && isGeneratedSecret("csk", clientSecret)) {
      return { secretHash: hashSecret(clientSecret), secretLastFour: lastFour(clientSecret) };
    }
    if (clientSecret?.startsWith("csk_")) {
      throw badUserInput(
        ["input", "clientSecret"],
        "The checksum of the secret is wrong: check it for typos",
      );
    }
    // ClientAuthenticator assumes that every generated id has a generated secret.
    if (isGeneratedClientId(clientId)) {
      throw badUserInput(
        ["input", "clientId"],
        "A client id that Countersign generated can only be imported with a secret that it generated",
      );
    }
    if (secretHash) return { secretHash, secretLastFour: null };
    if (!clientSecret) throw new Error("importClientRules requires a secret or a hash");
    if (clientSecret === clientId || (await this.slowHasher.isWeak(clientSecret))) {
      throw new CountersignError(
        "INSECURE_CLIENT_SECRET",
        "The secret is too easy to guess: import a longer, random one",
        {
          path: ["input", "clientSecret"],
        },
      );
    }
    return {
      secretHash: await this.slowHasher.hash(clientSecret),
      secretLastFour: lastFour(clientSecret),
    };
  }
}
