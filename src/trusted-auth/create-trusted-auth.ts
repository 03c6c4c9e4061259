import type { AuditLog } from "../audit/audit-log.js";
import type { Client } from "../clients/client.entity.js";
import type { AssertMayActAs, ClientStore } from "../clients/client-store.js";
import type { KeySources } from "../key-sets/key-sources.js";
import type { MemberStore } from "../organizations/member-store.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { RateLimiter } from "../rate-limit/rate-limiter.js";
import type { SessionJwts } from "../sessions/session-jwts.js";
import type { SessionStore } from "../sessions/session-store.js";
import type { Clock } from "../shared/clock.js";
import type { Idempotency } from "../shared/idempotency.js";
import type { SingleUse } from "../shared/single-use.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import type { UsageLog } from "../shared/usage-log.js";
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

interface Needed {
  unitOfWork: UnitOfWork;
  auditLog: AuditLog;
  idempotency: Idempotency;
  singleUse: SingleUse;
  rateLimiter: RateLimiter;
  keySources: KeySources;
  projects: ProjectStore;
  clients: ClientStore;
  usage: UsageLog<Client>;
  assertMayActAs: AssertMayActAs;
  organizations: OrganizationStore;
  members: MemberStore;
  sessions: SessionStore;
  sessionJwts: SessionJwts;
  clock: Clock;
  allowInsecureJwks: boolean;
}

/** The composition root's part for this feature. */
export function createTrustedAuth(needed: Needed) {
  const { unitOfWork, singleUse, organizations, members, clients, clock } = needed;
  const profileStore = new ProfileStore(
    unitOfWork,
    organizations,
    clients,
    needed.assertMayActAs,
    needed.auditLog,
    clock,
  );
  const profiles = new ProfileService(
    unitOfWork,
    profileStore,
    needed.idempotency,
    clock,
    needed.allowInsecureJwks,
  );
  const verifier = new TrustedAuthTokenVerifier(needed.keySources, clock);
  const placement = new Placement(organizations, members);
  const examination = new Examination(verifier, placement);
  const workloads = new WorkloadIdentity(
    profileStore,
    verifier,
    clients,
    needed.usage,
    singleUse,
    clock,
  );
  const attestation = new AttestationService(
    unitOfWork,
    new Exchanges(needed.projects, profileStore, needed.rateLimiter),
    examination,
    placement,
    needed.sessions,
    needed.sessionJwts,
    singleUse,
    clock,
  );
  return {
    profiles,
    profileKeys: new ProfileKeys(profileStore),
    profileTester: new ProfileTester(profileStore, examination, workloads, singleUse),
    publicOrigins: new PublicOrigins(unitOfWork, clock),
    attestation,
    workloads,
  };
}
