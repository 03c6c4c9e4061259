import type { Platform } from "../platform/platform.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { generateSecret, hashSecret, lastFour } from "../shared/secrets.js";
import { validate } from "../shared/validation.js";
import type { Client } from "./client.entity.js";
import { clientRef } from "./client-rules.js";
import type { AssertMayActAs, ClientRef, ClientStore } from "./client-store.js";
import type { CreatedClient } from "./client-writer.js";

export interface Rotation extends ClientRef {
  idempotencyKey?: string | null;
}

/**
 * Changes a client's secret without an outage: `start` adds a next secret beside the current one,
 * both work, `finish` promotes it, `cancel` drops it. `finish` with none started cuts over at once.
 */
export class SecretRotation {
  constructor(
    private readonly platform: Platform,
    private readonly store: ClientStore,
    private readonly assertMayActAs: AssertMayActAs,
  ) {}

  /** @throws CLIENT_NOT_FOUND, ROTATION_ALREADY_STARTED, CONFLICT, IDEMPOTENCY_CONFLICT */
  async start(caller: Caller, input: Rotation): Promise<CreatedClient> {
    assertPermitted(caller, "clients:write");
    return this.#rotateIdempotently(caller, "startSecretRotation", input, (client) => {
      if (client.nextSecretHash) {
        throw new CountersignError("ROTATION_ALREADY_STARTED", "A rotation is already under way");
      }
      const clientSecret = generateSecret("csk");
      client.nextSecretHash = hashSecret(clientSecret);
      client.nextSecretLastFour = lastFour(clientSecret);
      return clientSecret;
    });
  }

  /**
   * The former secret stops working at once.
   * @returns a secret only if none was started
   * @throws CLIENT_NOT_FOUND, CONFLICT, IDEMPOTENCY_CONFLICT
   */
  async finish(caller: Caller, input: Rotation): Promise<CreatedClient> {
    assertPermitted(caller, "clients:write");
    return this.#rotateIdempotently(caller, "rotateSecret", input, (client) => {
      const generated = client.nextSecretHash ? null : generateSecret("csk");
      client.secretHash = client.nextSecretHash ?? hashSecret(generated ?? "");
      client.secretLastFour = generated ? lastFour(generated) : client.nextSecretLastFour;
      client.nextSecretHash = null;
      client.nextSecretLastFour = null;
      return generated;
    });
  }

  /** @throws CLIENT_NOT_FOUND, ROTATION_NOT_STARTED, CONFLICT */
  async cancel(caller: Caller, input: ClientRef): Promise<Client> {
    assertPermitted(caller, "clients:write");
    return this.store.change(
      caller,
      validate(clientRef, input),
      "client.cancelSecretRotation",
      (client) => {
        if (!client.nextSecretHash) {
          throw new CountersignError("ROTATION_NOT_STARTED", "No rotation is under way");
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
