import type { Platform } from "../platform/platform.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { validate } from "../shared/validation.js";
import { generateClientSecret } from "./build-client.js";
import type { Client } from "./client.entity.js";
import { clientRef } from "./client-rules.js";
import type { AssertMayActAs, ClientRef, ClientStore } from "./client-store.js";
import type { CreatedClient } from "./client-writer.js";

export interface Rotation extends ClientRef {
  idempotencyKey?: string | null;
}

/**
 * Rotates a client's secret without an outage: `start` adds a next secret, valid beside the current one,
 * `finish` makes it current, and `cancel` deletes it. `finish` without `start` replaces the secret at once.
 */
export class SecretRotation {
  constructor(
    private readonly platform: Platform,
    private readonly store: ClientStore,
    private readonly assertMayActAs: AssertMayActAs,
  ) {}

  /** @throws CLIENT_NOT_FOUND, ROTATION_ALREADY_STARTED, VERSION_CONFLICT, IDEMPOTENCY_CONFLICT */
  async start(caller: Caller, input: Rotation): Promise<CreatedClient> {
    assertPermitted(caller, "clients:write");
    return this.#rotateIdempotently(caller, "startSecretRotation", input, (client) => {
      if (client.nextSecretHash) {
        throw new CountersignError(
          "ROTATION_ALREADY_STARTED",
          "A secret rotation is already in progress: finish or cancel it first",
        );
      }
      const { clientSecret, stored } = generateClientSecret();
      client.nextSecretHash = stored.secretHash;
      client.nextSecretLastFour = stored.secretLastFour;
      return clientSecret;
    });
  }

  /**
   * Makes the next secret current. The former secret is invalid at once.
   * @returns a new secret only if no rotation was started
   * @throws CLIENT_NOT_FOUND, VERSION_CONFLICT, IDEMPOTENCY_CONFLICT
   */
  async finish(caller: Caller, input: Rotation): Promise<CreatedClient> {
    assertPermitted(caller, "clients:write");
    return this.#rotateIdempotently(caller, "rotateSecret", input, (client) => {
      if (!client.nextSecretHash) {
        const { clientSecret, stored } = generateClientSecret();
        Object.assign(client, stored);
        return clientSecret;
      }
      client.secretHash = client.nextSecretHash;
      client.secretLastFour = client.nextSecretLastFour;
      client.nextSecretHash = null;
      client.nextSecretLastFour = null;
      return null;
    });
  }

  /** @throws CLIENT_NOT_FOUND, ROTATION_NOT_STARTED, VERSION_CONFLICT */
  async cancel(caller: Caller, input: ClientRef): Promise<Client> {
    assertPermitted(caller, "clients:write");
    return this.store.change(
      caller,
      validate(clientRef, input),
      "client.cancelSecretRotation",
      (client) => {
        if (!client.nextSecretHash) {
          throw new CountersignError("ROTATION_NOT_STARTED", "No secret rotation is in progress");
        }
        client.nextSecretHash = null;
        client.nextSecretLastFour = null;
      },
    );
  }

  async #rotateIdempotently(
    caller: Caller,
    operation: "startSecretRotation" | "rotateSecret",
    input: Rotation,
    rotate: (client: Client) => string | null,
  ): Promise<CreatedClient> {
    const ref = validate(clientRef, input);
    const { projectId } = caller;
    return this.platform.idempotency.run<CreatedClient>(
      { projectId, operation, key: ref.idempotencyKey, input: ref },
      async (recordResult) =>
        this.platform.unitOfWork.write(async () => {
          let clientSecret: string | null = null;
          const client = await this.store.change(
            caller,
            ref,
            `client.${operation}`,
            async (loaded) => {
              await this.assertMayActAs(caller, ref.clientId);
              clientSecret = rotate(loaded);
            },
          );
          await recordResult(ref.clientId);
          return { client, clientSecret };
        }),
      async (clientId) => ({
        client: await this.store.get(projectId, clientId),
        clientSecret: null,
      }),
    );
  }
}
