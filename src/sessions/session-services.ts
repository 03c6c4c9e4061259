import type { MemberStore } from "../organizations/member-store.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import type { Platform } from "../platform/platform.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { RateLimiter } from "../rate-limit/rate-limiter.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import { MemberAuthenticator } from "./member-authenticator.js";
import { SessionAuthenticator } from "./session-authenticator.js";
import { SessionClaimsPreview } from "./session-claims-preview.js";
import { SessionEnds } from "./session-ends.js";
import { SessionExchange } from "./session-exchange.js";
import { SessionJwts } from "./session-jwts.js";
import { SessionList } from "./session-list.js";
import { SessionRequestQuota } from "./session-request-quota.js";
import { SessionRevocation } from "./session-revocation.js";
import { SessionStarter } from "./session-starter.js";
import { SessionStore } from "./session-store.js";

export interface SessionsDependencies {
  rateLimiter: RateLimiter;
  projectStore: ProjectStore;
  signingKeys: SigningKeyService;
  organizationStore: OrganizationStore;
  memberStore: MemberStore;
}

/** Builds the services of sessions for the composition root. */
export function createSessionServices(platform: Platform, dependencies: SessionsDependencies) {
  const { projectStore, signingKeys, organizationStore, memberStore } = dependencies;
  const sessionJwts = new SessionJwts(projectStore, signingKeys, platform.clock);
  const ends = new SessionEnds(projectStore, platform.clock);
  const sessionStore = new SessionStore(platform, sessionJwts);
  const sessionStarter = new SessionStarter(platform, memberStore, sessionStore, ends);
  const quota = new SessionRequestQuota(dependencies.rateLimiter);
  return {
    sessionJwts,
    sessionStore,
    sessionStarter,
    sessionList: new SessionList(platform, organizationStore, memberStore),
    sessionRevocation: new SessionRevocation(platform, memberStore, sessionStore),
    memberAuthenticator: new MemberAuthenticator(
      sessionJwts,
      sessionStore,
      memberStore,
      organizationStore,
      quota,
    ),
    sessionAuthenticator: new SessionAuthenticator(
      platform,
      projectStore,
      sessionStore,
      memberStore,
      organizationStore,
      sessionJwts,
      ends,
      quota,
    ),
    sessionExchange: new SessionExchange(
      platform.unitOfWork,
      projectStore,
      sessionStore,
      sessionStarter,
      memberStore,
      organizationStore,
      sessionJwts,
      quota,
    ),
    sessionClaimsPreview: new SessionClaimsPreview(projectStore, memberStore, organizationStore),
  };
}
