import type { Platform } from "../platform/platform.js";
import { Project } from "../projects/project.entity.js";
import { type ClientOwner, isSameOwner } from "../shared/client-owner.js";
import type { ClientReach } from "../shared/client-reach.js";
import { CountersignError } from "../shared/errors.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { ClientDescription } from "./build-client.js";
import type { Client } from "./client.entity.js";
import type { ClientAuthority } from "./client-authority.js";
import { countOwnedBy } from "./client-owners.js";
import type { ClientStore } from "./client-store.js";

/** New clients of callers with `own_clients:write`: how many there may be, and what they inherit (ADR 0029). */
export class OwnClientCreation {
  constructor(
    private readonly platform: Platform,
    private readonly store: ClientStore,
    private readonly authority: ClientAuthority,
  ) {}

  /**
   * Gives a client that is about to be inserted in the active unit of work what it inherits from the caller. Callers
   * that may create any client are not concerned.
   * @param given the input: a limit that it names is not inherited
   * @throws PRECONDITION_FAILED if the owner has as many clients as it may have
   * @throws FORBIDDEN for what the caller does not hold
   */
  async complete(reach: ClientReach, client: Client, given: ClientDescription): Promise<void> {
    const { owner, caller } = reach;
    if (owner === null) return;
    const { projectId } = client;
    const { unitOfWork } = this.platform;
    await unitOfWork.passInTurn(`clients of ${projectId} ${owner.type} ${owner.id}`);
    await this.store.lockHolder(reach);
    const project = await unitOfWork.read.findOneByOrFail(Project, { projectId });
    await this.#assertMayHaveMore(project, owner);
    const held = await this.authority.heldBy(caller);
    const { accessTokenLifetimeSeconds, dpopBoundAccessTokens, grantTypes } = held;
    client.accessTokenLifetimeSeconds ??= accessTokenLifetimeSeconds;
    if (typeof given.dpopBoundAccessTokens !== "boolean") {
      client.dpopBoundAccessTokens = dpopBoundAccessTokens;
    }
    if (!given.grantTypes && grantTypes) {
      client.grantTypes = client.grantTypes.filter((name) => grantTypes.includes(name));
    }
    client.trustedMetadata = Object.fromEntries(
      project.inheritedMetadataKeys
        .filter((key) => Object.hasOwn(held.trustedMetadata, key))
        .map((key) => [key, held.trustedMetadata[key]]),
    );
    await this.authority.assertMayPassOn(reach, null, client);
  }

  async #assertMayHaveMore(project: Project, owner: ClientOwner): Promise<void> {
    const { projectId, maximumClientsPerOwner: maximum } = project;
    const count = await countOwnedBy(this.platform.unitOfWork.read, projectId, owner);
    if (count < maximum) return;
    throw new CountersignError(
      "PRECONDITION_FAILED",
      `The owner has ${count} clients, and may have ${maximum} (maximumClientsPerOwner): delete one first`,
    );
  }
}

/**
 * What only operators say of a client.
 * @param input null is absent, except in an update, where it takes the owner away
 * @throws FORBIDDEN, the same whether another owner exists
 */
export function assertSaysNothingOfOperators(
  { owner }: ClientReach,
  input: { trustedMetadata?: JsonObject | undefined; owner?: ClientOwner | null | undefined },
): void {
  if (owner === null) return;
  const refuse = (field: keyof typeof input, message: string) => {
    throw new CountersignError("FORBIDDEN", message, { path: ["input", field] });
  };
  if (input.trustedMetadata !== undefined) {
    refuse("trustedMetadata", "Needs the permission clients:write: only operators set metadata");
  }
  if (input.owner !== undefined && !isSameOwner(input.owner, owner)) {
    refuse("owner", "Needs the permission clients:write: clients keep the caller's owner");
  }
}
