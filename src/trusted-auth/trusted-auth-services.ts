import type { ClientAuthenticator } from "../clients/client-authenticator.js";
import type { ClientAuthority } from "../clients/client-authority.js";
import type { ClientStore } from "../clients/client-store.js";
import type { KeySetPolicy } from "../key-sets/key-set-url.js";
import type { KeySources } from "../key-sets/key-sources.js";
import type { MemberStore } from "../organizations/member-store.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import type { ReplayDetection } from "../persistence/replay-detection.js";
import type { Platform } from "../platform/platform.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { RateLimiter } from "../rate-limit/rate-limiter.js";
import type { SessionCredentials } from "../sessions/session-credentials.js";
import type { SessionJwts } from "../sessions/session-jwts.js";
import type { SessionStarter } from "../sessions/session-starter.js";
import { AttestationService } from "./attestation.service.js";
import { ExchangeAuthorizer } from "./exchange-authorizer.js";
import { ExchangeContextLoader } from "./exchange-context.js";
import { MemberChanges } from "./member-changes.js";
import { MemberProvisioner } from "./member-provisioner.js";
import { ProfileService } from "./profile.service.js";
import { ProfileKeys } from "./profile-keys.js";
import { ProfileStore } from "./profile-store.js";
import { ProfileTester } from "./profile-test.service.js";
import { PublicOrigins } from "./public-origins.js";
import { TrustedAuthTokenVerifier } from "./trusted-auth-token-verifier.js";
import { TrustedIdentityResolver } from "./trusted-identity-resolver.js";
import { WorkloadIdentity } from "./workload-identity.js";

export interface TrustedAuthDependencies {
  replayDetection: ReplayDetection;
  rateLimiter: RateLimiter;
  keySources: KeySources;
  projectStore: ProjectStore;
  clientStore: ClientStore;
  authenticator: ClientAuthenticator;
  clientAuthority: ClientAuthority;
  organizationStore: OrganizationStore;
  memberStore: MemberStore;
  sessionCredentials: SessionCredentials;
  sessionStarter: SessionStarter;
  sessionJwts: SessionJwts;
  keySetPolicy: KeySetPolicy;
}

/** Builds the services of trusted auth for the composition root. */
export function createTrustedAuthServices(
  platform: Platform,
  dependencies: TrustedAuthDependencies,
) {
  const { clientStore, organizationStore, memberStore, replayDetection } = dependencies;
  const { clock } = platform;
  const profileStore = new ProfileStore(platform, organizationStore, dependencies.clientAuthority);
  const profiles = new ProfileService(platform, profileStore, dependencies.keySetPolicy);
  const verifier = new TrustedAuthTokenVerifier(dependencies.keySources, clock);
  const memberProvisioner = new MemberProvisioner(organizationStore, memberStore, profileStore);
  const identityResolver = new TrustedIdentityResolver(
    verifier,
    memberProvisioner,
    new MemberChanges(memberStore),
  );
  const { lastUsed } = dependencies.authenticator;
  const workloadIdentity = new WorkloadIdentity(
    profileStore,
    verifier,
    clientStore,
    lastUsed,
    replayDetection,
    clock,
  );
  const attestation = new AttestationService(
    platform,
    new ExchangeAuthorizer(
      dependencies.projectStore,
      new ExchangeContextLoader(platform.unitOfWork),
      dependencies.rateLimiter,
    ),
    identityResolver,
    memberProvisioner,
    dependencies.sessionCredentials,
    dependencies.sessionStarter,
    dependencies.sessionJwts,
    replayDetection,
  );
  return {
    profiles,
    profileKeys: new ProfileKeys(profileStore),
    profileTester: new ProfileTester(
      profileStore,
      identityResolver,
      workloadIdentity,
      replayDetection,
    ),
    publicOrigins: new PublicOrigins(platform),
    attestation,
    workloadIdentity,
  };
}
