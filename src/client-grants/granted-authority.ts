import { type Client, ownerOf } from "../clients/client.entity.js";
import type { ClientAuthority } from "../clients/client-authority.js";
import { ClientSecret, type ClientSecretStatus } from "../clients/client-secret.entity.js";
import { isValidAt } from "../clients/client-secret.js";
import type { Platform } from "../platform/platform.js";
import { assertHolds, type Caller } from "../shared/caller.js";
import type { ClientReach } from "../shared/client-reach.js";
import { CountersignError } from "../shared/errors.js";
import type { HeldAuthority } from "../shared/held-authority.js";
import { assertEndsInTime, couldGrant, type Maker } from "../shared/maker.js";
import { isOwnClientsPermission, type Permission } from "../shared/permissions.js";
import type { ClientGrantStore } from "./client-grant-store.js";
import type { OwnClientsAuthority } from "./own-clients-authority.js";

/** The profile of a trusted issuer whose tokens are a credential of a client. */
export interface CredentialProfile {
  profileId: string;
  maker: Maker | null;
}

type ProfilesOf = (client: Client) => Promise<CredentialProfile[]>;

/** Credentials of a client that somebody made who could not grant the client what it is to have. */
export interface WeakerCredentials {
  secrets: ClientSecret[];
  hasKeys: boolean;
  profileIds: string[];
}

/** Guards clients with permissions on this server by their grants and by who made their credentials. */
export class GrantedAuthority implements ClientAuthority {
  constructor(
    private readonly platform: Platform,
    private readonly grants: ClientGrantStore,
    private readonly profilesOf: ProfilesOf,
    private readonly ownClients: OwnClientsAuthority,
  ) {}

  async assertMayActAs(
    reach: ClientReach,
    client: Client,
    path: readonly (string | number)[] = ["input", "clientId"],
  ): Promise<void> {
    await this.ownClients.assertHoldsNoMore(reach, client, path);
    const permissions = await this.grants.permissionsOf(client);
    if (permissions.length === 0) return;
    const { caller } = reach;
    const rule =
      "The caller must itself have every permission on this server that the client has been granted";
    assertHolds(caller, permissions, rule, path);
    assertClientEndsInTime(caller, client, path);
  }

  async assertCredentialsSuffice(
    client: Client,
    path: readonly (string | number)[],
  ): Promise<void> {
    const permissions = await this.grants.permissionsOf(client);
    if (permissions.length === 0) return;
    const weaker = await this.findWeakerCredentials(client, permissions);
    assertNone(weaker, path);
  }

  async managesOwnClients(client: Client): Promise<boolean> {
    return (await this.grants.permissionsOf(client)).some(isOwnClientsPermission);
  }

  async heldBy(caller: Caller): Promise<HeldAuthority> {
    return this.ownClients.heldBy(caller);
  }

  async assertMayPassOn(reach: ClientReach, before: Client | null, client: Client): Promise<void> {
    await this.ownClients.assertMayPassOn(reach, before, client);
  }

  /** Must run with the client locked, so that it gets no credential meanwhile. */
  async findWeakerCredentials(
    client: Client,
    permissions: readonly Permission[],
  ): Promise<WeakerCredentials> {
    const { projectId, clientId, expiresAt } = client;
    const isWeaker = ({ maker }: { maker: Maker | null }) =>
      !couldGrant(maker, permissions, expiresAt, ownerOf(client));
    const secrets = await this.platform.unitOfWork.read.find(ClientSecret, {
      where: { projectId, clientId },
      order: { secretId: "ASC" },
    });
    const isValid = isValidAt(this.platform.clock.now());
    const hasKeys = client.publicKeys !== null || client.jwksUrl !== null;
    const profiles = await this.profilesOf(client);
    return {
      secrets: secrets.filter((secret) => isValid(secret) && isWeaker(secret)),
      hasKeys: hasKeys && isWeaker({ maker: client.keysMaker }),
      profileIds: profiles.filter(isWeaker).map(({ profileId }) => profileId),
    };
  }
}

/** @throws FORBIDDEN if the caller ends before the client */
export function assertClientEndsInTime(
  caller: Caller,
  { expiresAt }: Client,
  path: readonly (string | number)[],
): void {
  const remedy = "let the client end by then (expiresAt), or use a credential that lasts longer";
  assertEndsInTime(caller, expiresAt, path, remedy);
}

const REMEDIES = {
  CURRENT: "rotateSecret, then revokePreviousSecret",
  PREVIOUS: "revokePreviousSecret",
  NEXT: "cancelSecretRotation",
} as const satisfies Record<ClientSecretStatus, string>;

/**
 * @param remedy what ends all of the secrets; absent: each has its own
 * @throws PRECONDITION_FAILED with the names of the credentials
 */
export function assertNone(
  { secrets, hasKeys, profileIds }: WeakerCredentials,
  path: readonly (string | number)[],
  remedy?: string,
): void {
  const problems = secrets.map(({ status, lastFour }) => {
    const name = `the ${status} secret (…${lastFour ?? "unknown"})`;
    return `${name}: ${remedy ?? `end it first (${REMEDIES[status]})`}`;
  });
  if (hasKeys) problems.push("its keys: send them again or others (updateClient)");
  if (profileIds.length > 0) {
    problems.push(`the profiles ${profileIds.join(", ")}: delete them, then create them again`);
  }
  if (problems.length === 0) return;
  throw new CountersignError(
    "PRECONDITION_FAILED",
    `The client has credentials whose makers lacked these permissions or end earlier: ${problems.join("; ")}`,
    { path },
  );
}
