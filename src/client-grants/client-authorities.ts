import type { Platform } from "../platform/platform.js";
import { ClientGrantStore } from "./client-grant-store.js";
import { clientHolder } from "./client-holder.js";
import { GrantedAuthority } from "./granted-authority.js";
import { memberHolder } from "./member-holder.js";
import { OwnClientsAuthority } from "./own-clients-authority.js";

type ProfilesOfClient = ConstructorParameters<typeof GrantedAuthority>[2];

/** Creates what tells how much a client or a member may do, and so pass on (ADR 0019, ADR 0029). */
export function createClientAuthorities(platform: Platform, profilesOfClient: ProfilesOfClient) {
  const { unitOfWork } = platform;
  const clientGrantStore = new ClientGrantStore(unitOfWork);
  const ownClientsAuthority = new OwnClientsAuthority(unitOfWork, {
    CLIENT: clientHolder(unitOfWork),
    MEMBER: memberHolder(unitOfWork),
  });
  const clientAuthority = new GrantedAuthority(
    platform,
    clientGrantStore,
    profilesOfClient,
    ownClientsAuthority,
  );
  return { clientGrantStore, ownClientsAuthority, clientAuthority };
}
