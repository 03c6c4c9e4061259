import { AuditLog } from "./audit/audit-log.js";
import { ClientService } from "./clients/client.service.js";
import { ClientAuthenticator } from "./clients/client-authenticator.js";
import { ClientImport } from "./clients/client-import.js";
import { ClientList } from "./clients/client-list.js";
import { SecretRotation } from "./clients/secret-rotation.js";
import { SlowHasher } from "./clients/slow-hasher.js";
import type { Database } from "./database/data-source.js";
import { MemberService } from "./organizations/member.service.js";
import { OrganizationService } from "./organizations/organization.service.js";
import { ManagementKeyService } from "./projects/management-key.service.js";
import { ProjectService } from "./projects/project.service.js";
import { RateLimiter } from "./rate-limit/rate-limiter.js";
import { SessionService } from "./sessions/session.service.js";
import { SessionAuthenticator } from "./sessions/session-authenticator.js";
import { SessionJwts } from "./sessions/session-jwts.js";
import type { Clock } from "./shared/clock.js";
import { Idempotency } from "./shared/idempotency.js";
import type { MasterKeyRing } from "./shared/master-key.js";
import { SigningKeyService } from "./signing-keys/signing-key.service.js";
import { TokenService } from "./tokens/token.service.js";
import { AttestationService } from "./trusted-auth/attestation.service.js";
import { ExternalKeySets } from "./trusted-auth/external-key-set.js";
import { ProfileService } from "./trusted-auth/profile.service.js";
import { TrustedAuthTokenVerifier } from "./trusted-auth/trusted-auth-token.js";

export interface ServiceOptions {
  database: Database;
  masterKeys: MasterKeyRing;
  clock: Clock;
  publicUrl: string;
  allowInsecureJwks: boolean;
}

export type Services = ReturnType<typeof createServices>;

/** Composition root: every service is built here, by hand. */
export function createServices(options: ServiceOptions) {
  const { database, masterKeys, clock, publicUrl, allowInsecureJwks } = options;
  const { unitOfWork } = database;
  const auditLog = new AuditLog(unitOfWork, clock);
  const idempotency = new Idempotency(unitOfWork, masterKeys, clock);
  const rateLimiter = new RateLimiter(unitOfWork, clock);
  const signingKeys = new SigningKeyService(unitOfWork, masterKeys, clock);
  const projects = new ProjectService(
    unitOfWork,
    auditLog,
    clock,
    (projectId, algorithm) => signingKeys.prepare(projectId, algorithm),
    publicUrl,
  );
  const managementKeys = new ManagementKeyService(unitOfWork, auditLog, idempotency, clock);
  const slowHasher = new SlowHasher();
  const clients = new ClientService(unitOfWork, auditLog, idempotency, slowHasher, clock);
  const clientList = new ClientList(unitOfWork);
  const clientImport = new ClientImport(unitOfWork, clients, idempotency, slowHasher);
  const secretRotation = new SecretRotation(unitOfWork, clients, idempotency, slowHasher);
  const authenticator = new ClientAuthenticator(
    unitOfWork,
    clients,
    slowHasher,
    rateLimiter,
    clock,
  );
  const tokens = new TokenService(projects, clients, authenticator, signingKeys, clock);
  const organizations = new OrganizationService(unitOfWork, auditLog, idempotency, clock);
  const members = new MemberService(unitOfWork, organizations, auditLog, idempotency, clock);
  const sessionJwts = new SessionJwts(projects, signingKeys, clock);
  const sessions = new SessionService(unitOfWork, members, sessionJwts, auditLog, clock);
  const sessionAuthenticator = new SessionAuthenticator(
    unitOfWork,
    sessions,
    members,
    organizations,
    sessionJwts,
    auditLog,
    clock,
  );
  const profiles = new ProfileService(unitOfWork, auditLog, idempotency, clock, allowInsecureJwks);
  const attestation = new AttestationService(
    unitOfWork,
    profiles,
    new TrustedAuthTokenVerifier(new ExternalKeySets(allowInsecureJwks), clock),
    organizations,
    members,
    sessions,
    sessionJwts,
    clock,
  );
  return {
    unitOfWork,
    auditLog,
    projects,
    managementKeys,
    signingKeys,
    slowHasher,
    clients,
    clientList,
    clientImport,
    secretRotation,
    authenticator,
    tokens,
    organizations,
    members,
    sessions,
    sessionAuthenticator,
    profiles,
    attestation,
  };
}
