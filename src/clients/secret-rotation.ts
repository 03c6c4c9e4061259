import { CHANGED } from "../persistence/apply-change.js";
import type { Platform } from "../platform/platform.js";
import type { Caller } from "../shared/caller.js";
import { type ClientReach, clientReach } from "../shared/client-reach.js";
import { secondsFrom } from "../shared/clock.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import { makerOf } from "../shared/maker.js";
import { hashSecret, isSameHash } from "../shared/secrets.js";
import { validate } from "../shared/validation.js";
import {
  buildClientSecret,
  generateClientSecret,
  type HashedSecret,
} from "./build-client-secret.js";
import type { Client } from "./client.entity.js";
import type { ClientAuthority } from "./client-authority.js";
import type { ClientSecret } from "./client-secret.entity.js";
import { isFastHash } from "./client-secret.js";
import type { ClientSecretStore, ValidSecrets } from "./client-secret-store.js";
import type { ClientStore } from "./client-store.js";
import type { CreatedClient } from "./client-writer.js";
import { rotateSecretRules, rotationRef, startSecretRotationRules } from "./secret-rules.js";
import type { SlowHasher } from "./slow-hasher.js";
import { hashSuppliedSecret } from "./supplied-secret.js";

export interface RotationRef {
  clientId: string;
}

export interface StagedRotation extends RotationRef {
  /** The new secret; absent: the server generates one. */
  clientSecret?: string | null | undefined;
  /** End of the new secret; absent: it does not end by itself. */
  secretExpiresAt?: Date | null | undefined;
  idempotencyKey?: string | null | undefined;
}

export interface Rotation extends StagedRotation {
  /** How long the former secret stays valid; absent: a day. */
  overlapSeconds?: number | null | undefined;
}

/**
 * Rotates a client's secret without an outage, in one of two ways. `rotate` makes a new secret current, and
 * the former one stays valid as the previous one until its overlap ends. `start` adds a next secret beside
 * the current one, and `complete` makes it current.
 */
export class SecretRotation {
  constructor(
    private readonly platform: Platform,
    private readonly store: ClientStore,
    private readonly secrets: ClientSecretStore,
    private readonly slowHasher: SlowHasher,
    private readonly authority: ClientAuthority,
  ) {}

  /** @throws BAD_USER_INPUT, CLIENT_NOT_FOUND, FORBIDDEN, INSECURE_CLIENT_SECRET, ROTATION_ALREADY_STARTED, IDEMPOTENCY_CONFLICT */
  async rotate(caller: Caller, input: Rotation): Promise<CreatedClient> {
    const reach = clientReach(caller, "clients:write");
    const rules = validate(rotateSecretRules, input);
    return this.#addSecret(reach, "rotateSecret", rules, "CURRENT", async ({ current }) => {
      if (current) await this.#overlap(current, rules.overlapSeconds);
    });
  }

  /** @throws BAD_USER_INPUT, CLIENT_NOT_FOUND, FORBIDDEN, INSECURE_CLIENT_SECRET, ROTATION_ALREADY_STARTED, IDEMPOTENCY_CONFLICT */
  async start(caller: Caller, input: StagedRotation): Promise<CreatedClient> {
    const reach = clientReach(caller, "clients:write");
    const rules = validate(startSecretRotationRules, input);
    return this.#addSecret(reach, "startSecretRotation", rules, "NEXT");
  }

  /** @throws BAD_USER_INPUT, CLIENT_NOT_FOUND, ROTATION_NOT_STARTED */
  async complete(caller: Caller, input: RotationRef): Promise<Client> {
    const reach = clientReach(caller, "clients:write");
    return this.#endSecret(reach, "completeSecretRotation", input, async ({ current, other }) => {
      const next = requireStatus(other, "NEXT");
      if (current) await this.secrets.delete(current);
      await this.secrets.update(next, { status: "CURRENT" });
    });
  }

  /** @throws BAD_USER_INPUT, CLIENT_NOT_FOUND, ROTATION_NOT_STARTED */
  async cancel(caller: Caller, input: RotationRef): Promise<Client> {
    const reach = clientReach(caller, "clients:write");
    return this.#endSecret(reach, "cancelSecretRotation", input, async ({ other }) =>
      this.secrets.delete(requireStatus(other, "NEXT")),
    );
  }

  /** @throws BAD_USER_INPUT, CLIENT_NOT_FOUND, ROTATION_NOT_STARTED */
  async revokePrevious(caller: Caller, input: RotationRef): Promise<Client> {
    const reach = clientReach(caller, "clients:write");
    return this.#endSecret(reach, "revokePreviousSecret", input, async ({ other }) =>
      this.secrets.delete(requireStatus(other, "PREVIOUS")),
    );
  }

  /** Adds a secret; `makeRoom` runs before it is inserted. */
  async #addSecret(
    reach: ClientReach,
    operation: "rotateSecret" | "startSecretRotation",
    rules: StagedRotation,
    status: "CURRENT" | "NEXT",
    makeRoom: (secrets: ValidSecrets) => Promise<void> = async () => {},
  ): Promise<CreatedClient> {
    const { caller, projectId } = reach;
    const { clientId, idempotencyKey: key, secretExpiresAt } = rules;
    // Both the comparison with the client's secrets and that of a repeated input tell something about them.
    if (rules.clientSecret) {
      await this.authority.assertMayActAs(reach, await this.store.get(reach, clientId));
    }
    return this.platform.idempotency.run<CreatedClient>(
      { ...reach, operation, key, input: rules },
      async (recordResult) => {
        const { clientSecret, hashed } = await this.#newSecret(projectId, rules);
        const now = this.platform.clock.now();
        const secret = buildClientSecret(
          { projectId, clientId },
          hashed,
          status,
          makerOf(caller),
          secretExpiresAt,
          now,
        );
        const client = await this.platform.unitOfWork.write(async () => {
          const changed = await this.store.change(
            reach,
            { clientId },
            `client.${operation}`,
            async (loaded) => {
              await this.authority.assertMayActAs(reach, loaded);
              const valid = await this.secrets.lockValid(loaded);
              assertNoRotation(valid);
              await makeRoom(valid);
              await this.secrets.insert(secret);
              return CHANGED;
            },
          );
          await recordResult(clientId);
          return changed;
        });
        return { client, clientSecret };
      },
      async () => ({ client: await this.store.get(reach, clientId), clientSecret: null }),
    );
  }

  async #endSecret(
    reach: ClientReach,
    operation: "completeSecretRotation" | "cancelSecretRotation" | "revokePreviousSecret",
    input: RotationRef,
    end: (secrets: ValidSecrets) => Promise<void>,
  ): Promise<Client> {
    const ref = validate(rotationRef, input);
    return this.store.change(reach, ref, `client.${operation}`, async (client) => {
      await end(await this.secrets.lockValid(client));
      return CHANGED;
    });
  }

  /** Makes a current secret the previous one. One that ends earlier than the overlap keeps its end. */
  async #overlap(current: ClientSecret, seconds: number): Promise<void> {
    if (seconds === 0) return this.secrets.delete(current);
    const end = secondsFrom(this.platform.clock.now(), seconds);
    const expiresAt = current.expiresAt && current.expiresAt < end ? current.expiresAt : end;
    await this.secrets.update(current, { status: "PREVIOUS", expiresAt });
  }

  /** @returns the secret to show once; null if the caller knows it already */
  async #newSecret(
    projectId: string,
    { clientId, clientSecret }: StagedRotation,
  ): Promise<{ clientSecret: string | null; hashed: HashedSecret }> {
    if (typeof clientSecret !== "string") return generateClientSecret();
    const hashed = await hashSuppliedSecret(this.slowHasher, clientId, { clientSecret });
    await this.#assertDiffers(projectId, clientId, clientSecret);
    return { clientSecret: null, hashed };
  }

  /** Otherwise a leaked secret would stay valid. @throws BAD_USER_INPUT, FORBIDDEN */
  async #assertDiffers(projectId: string, clientId: string, clientSecret: string): Promise<void> {
    for (const { hash } of await this.secrets.listValid({ projectId, clientId })) {
      const isSame = isFastHash(hash)
        ? isSameHash(hash, hashSecret(clientSecret))
        : await this.slowHasher.verify(clientSecret, hash);
      if (isSame)
        throw badUserInput(
          ["input", "clientSecret"],
          "Must differ from the secrets that the client has",
        );
    }
  }
}

function assertNoRotation({ other }: ValidSecrets): void {
  if (!other) return;
  throw new CountersignError(
    "ROTATION_ALREADY_STARTED",
    other.status === "NEXT"
      ? "A secret rotation is under way: complete or cancel it first"
      : "The previous secret is still valid: revoke it first, or wait until it ends",
  );
}

/** @throws ROTATION_NOT_STARTED */
function requireStatus(secret: ClientSecret | null, status: "NEXT" | "PREVIOUS"): ClientSecret {
  if (secret?.status === status) return secret;
  throw new CountersignError(
    "ROTATION_NOT_STARTED",
    status === "NEXT"
      ? "No secret rotation is under way: the client has no next secret"
      : "The client has no previous secret",
  );
}
