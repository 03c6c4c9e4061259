import type { MemberStore } from "../organizations/member-store.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import { LastUsedTracker } from "../persistence/last-used-tracker.js";
import type { Platform } from "../platform/platform.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { RateLimiter } from "../rate-limit/rate-limiter.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import { MemberAuthenticator } from "./member-authenticator.js";
import { Session } from "./session.entity.js";
import { SessionAuthenticator } from "./session-authenticator.js";
import { SessionClaimsPreview } from "./session-claims-preview.js";
import { SessionContextLoader } from "./session-context.js";
import { SessionCredentials } from "./session-credentials.js";
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
  const ends = new SessionEnds(platform.clock);
  const sessionCredentials = new SessionCredentials(
    new SessionContextLoader(platform.unitOfWork, projectStore),
    projectStore,
    signingKeys,
    platform.clock,
  );
  const sessionStore = new SessionStore(platform);
  const sessionStarter = new SessionStarter(platform, memberStore, sessionStore, ends);
  const quota = new SessionRequestQuota(dependencies.rateLimiter);
  const lastAccessed = new LastUsedTracker(
    platform.unitOfWork,
    platform.clock,
    Session,
    "sessionId",
    "lastAccessedAt",
  );
  return {
    sessionJwts,
    sessionCredentials,
    sessionStore,
    sessionStarter,
    sessionList: new SessionList(platform, organizationStore, memberStore),
    sessionRevocation: new SessionRevocation(
      platform,
      memberStore,
      sessionStore,
      sessionCredentials,
    ),
    memberAuthenticator: new MemberAuthenticator(sessionCredentials, quota),
    sessionAuthenticator: new SessionAuthenticator(
      platform,
      sessionCredentials,
      sessionStore,
      sessionJwts,
      ends,
      lastAccessed,
      quota,
    ),
    sessionExchange: new SessionExchange(
      platform.unitOfWork,
      sessionCredentials,
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
