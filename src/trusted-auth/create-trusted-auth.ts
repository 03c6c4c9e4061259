import type { ClientAuthenticator } from "../clients/client-authenticator.js";
import type { AssertMayActAs, ClientStore } from "../clients/client-store.js";
import type { KeySources } from "../key-sets/key-sources.js";
import type { MemberStore } from "../organizations/member-store.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import type { Platform } from "../platform/platform.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { RateLimiter } from "../rate-limit/rate-limiter.js";
import type { SessionJwts } from "../sessions/session-jwts.js";
import type { SessionStore } from "../sessions/session-store.js";
import type { SingleUse } from "../shared/single-use.js";
import { AttestationService } from "./attestation.service.js";
import { Examination } from "./examination.js";
import { Exchanges } from "./exchange.js";
import { Placement } from "./placement.js";
import { ProfileService } from "./profile.service.js";
import { ProfileKeys } from "./profile-keys.js";
import { ProfileStore } from "./profile-store.js";
import { ProfileTester } from "./profile-test.service.js";
import { PublicOrigins } from "./public-origins.js";
import { TrustedAuthTokenVerifier } from "./trusted-auth-token.js";
import { WorkloadIdentity } from "./workload-identity.js";

export interface TrustedAuthDependencies {
  singleUse: SingleUse;
  rateLimiter: RateLimiter;
  keySources: KeySources;
  projectStore: ProjectStore;
  clientStore: ClientStore;
  authenticator: ClientAuthenticator;
  assertMayActAs: AssertMayActAs;
  organizationStore: OrganizationStore;
  memberStore: MemberStore;
  sessionStore: SessionStore;
  sessionJwts: SessionJwts;
  allowInsecureJwks: boolean;
}

/** The composition root's part for trusted auth. */
export function createTrustedAuth(platform: Platform, dependencies: TrustedAuthDependencies) {
  const { clientStore, organizationStore, memberStore, singleUse } = dependencies;
  const { clock } = platform;
  const profileStore = new ProfileStore(
    platform,
    organizationStore,
    clientStore,
    dependencies.assertMayActAs,
  );
  const profiles = new ProfileService(platform, profileStore, dependencies.allowInsecureJwks);
  const verifier = new TrustedAuthTokenVerifier(dependencies.keySources, clock);
  const placement = new Placement(organizationStore, memberStore);
  const examination = new Examination(verifier, placement);
  const { usage } = dependencies.authenticator;
  const workloads = new WorkloadIdentity(
    profileStore,
    verifier,
    clientStore,
    usage,
    singleUse,
    clock,
  );
  const attestation = new AttestationService(
    platform,
    new Exchanges(dependencies.projectStore, profileStore, dependencies.rateLimiter),
    examination,
    placement,
    dependencies.sessionStore,
    dependencies.sessionJwts,
    singleUse,
  );
  return {
    profiles,
    profileKeys: new ProfileKeys(profileStore),
    profileTester: new ProfileTester(profileStore, examination, workloads, singleUse),
    publicOrigins: new PublicOrigins(platform),
    attestation,
    workloads,
  };
}
