import { Authorized, FieldResolver, Resolver, Root } from "type-graphql";
import { ClientType } from "../clients/client.payloads.js";
import type { ClientService } from "../clients/client.service.js";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { OrganizationType } from "../organizations/organization.payloads.js";
import type { OrganizationService } from "../organizations/organization.service.js";
import type { AuthenticationFactor } from "../sessions/session.entity.js";
import { AuthenticationFactorType } from "../sessions/session.payloads.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import { ProfileType } from "./profile.payloads.js";
import type { ProfileService } from "./profile.service.js";

/** The fields `client` and `organization` of a profile. */
@Resolver(() => ProfileType)
export class ProfileRelationsFieldResolver {
  constructor(
    private readonly clients: ClientService,
    private readonly organizations: OrganizationService,
  ) {}

  @Authorized<Requirement>("clients:read")
  @FieldResolver(() => ClientType, { nullable: true, description: "The client of `clientId`." })
  client(@CurrentCaller() caller: Caller, @Root() { clientId }: TrustedAuthProfile) {
    return clientId && this.clients.find(caller, clientId);
  }

  @Authorized<Requirement>("organizations:read")
  @FieldResolver(() => OrganizationType, {
    nullable: true,
    description: "The organization of `organizationId`.",
  })
  organization(@CurrentCaller() caller: Caller, @Root() { organizationId }: TrustedAuthProfile) {
    return organizationId && this.organizations.find(caller, organizationId);
  }
}

/** The field `profile` of an authentication factor. */
@Resolver(() => AuthenticationFactorType)
export class FactorProfileFieldResolver {
  constructor(private readonly profiles: ProfileService) {}

  @Authorized<Requirement>("profiles:read")
  @FieldResolver(() => ProfileType, {
    nullable: true,
    description: "The profile that accepted the token; null if it is deleted.",
  })
  profile(@CurrentCaller() caller: Caller, @Root() { profileId }: AuthenticationFactor) {
    return this.profiles.find(caller, profileId);
  }
}
