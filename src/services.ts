import { ApiService } from "./apis/api.service.js";
import { AuditLog } from "./audit/audit-log.js";
import { ClientGrantService } from "./client-grants/client-grant.service.js";
import { ClientService } from "./clients/client.service.js";
import { ClientAuthenticator } from "./clients/client-authenticator.js";
import { ClientImport } from "./clients/client-import.js";
import { ClientList, type SearchBounds } from "./clients/client-list.js";
import { type AssertMayActAs, ClientStore } from "./clients/client-store.js";
import { SecretRotation } from "./clients/secret-rotation.js";
import { SlowHasher } from "./clients/slow-hasher.js";
import type { Database } from "./database/data-source.js";
import { KeySources } from "./key-sets/key-sources.js";
import { clientSecretBasic } from "./oauth/client-authentication/client-secret-basic.js";
import { clientSecretPost } from "./oauth/client-authentication/client-secret-post.js";
import { privateKeyJwt } from "./oauth/client-authentication/private-key-jwt.js";
import { Dpop } from "./oauth/dpop.js";
import { createGrants } from "./oauth/grants/registry.js";
import { ClientRegistration } from "./oauth/registration.service.js";
import type { EndSessions } from "./organizations/end-sessions.js";
import { MemberService } from "./organizations/member.service.js";
import { MemberList } from "./organizations/member-list.js";
import { OrganizationService } from "./organizations/organization.service.js";
import { OrganizationList } from "./organizations/organization-list.js";
import { ManagementKeyService } from "./projects/management-key.service.js";
import { type PrepareSigningKey, ProjectService } from "./projects/project.service.js";
import { RateLimiter } from "./rate-limit/rate-limiter.js";
import { SessionClaimsPreview } from "./sessions/claims-preview.js";
import { SessionService } from "./sessions/session.service.js";
import { SessionAuthenticator } from "./sessions/session-authenticator.js";
import { SessionExchange } from "./sessions/session-exchange.js";
import { SessionJwts } from "./sessions/session-jwts.js";
import { SessionList } from "./sessions/session-list.js";
import { SessionRevocation } from "./sessions/session-revocation.js";
import type { Clock } from "./shared/clock.js";
import { Idempotency } from "./shared/idempotency.js";
import type { MasterKeyRing } from "./shared/master-key.js";
import { SingleUse } from "./shared/single-use.js";
import type { NewKeyPair } from "./signing-keys/generate-key.js";
import { KeyRotation } from "./signing-keys/key-rotation.js";
import { PublishedKeyService } from "./signing-keys/published-key.service.js";
import { SigningKeyService } from "./signing-keys/signing-key.service.js";
import { ClaimsPreview } from "./tokens/claims-preview.js";
import { TokenService } from "./tokens/token.service.js";
import { TokenAudit } from "./tokens/token-audit.js";
import { TokenCallers } from "./tokens/token-callers.js";
import { TokenFactsReader } from "./tokens/token-facts.js";
import { TokenIssuer } from "./tokens/token-issuer.js";
import { TokenRevocations } from "./tokens/token-revocations.js";
import { TokenVerifier } from "./tokens/token-verifier.js";
import { createTrustedAuth } from "./trusted-auth/create-trusted-auth.js";

export interface ServiceOptions {
  database: Database;
  masterKeys: MasterKeyRing;
  clock: Clock;
  publicUrl: string;
  allowInsecureJwks: boolean;
  /** At most so many that verify, and so many for imports, of this process; one if absent. */
  slowHashThreads?: number;
  /** For tests: pairs that are there already. */
  newKeyPair?: NewKeyPair;
  /** Those of the database if absent. */
  searchBounds?: SearchBounds;
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
  const keyRotation = new KeyRotation(unitOfWork, auditLog, masterKeys, clock, options.newKeyPair);
  const publishedKeys = new PublishedKeyService(unitOfWork, auditLog, clock);
  const prepareSigningKey: PrepareSigningKey = (projectId, algorithm) =>
    keyRotation.prepare(projectId, algorithm);
  const keySources = new KeySources(clock, allowInsecureJwks);
  const singleUse = new SingleUse(unitOfWork);
  const projects = new ProjectService(unitOfWork, auditLog, clock, prepareSigningKey, publicUrl);
  const managementKeys = new ManagementKeyService(unitOfWork, auditLog, idempotency, clock);
  const slowHasher = new SlowHasher(options.slowHashThreads);
  const clientStore = new ClientStore(unitOfWork, auditLog, clock);
  // What a client may do on this server is known to its grants, which are made of clients.
  const assertMayActAs: AssertMayActAs = (caller, clientId) =>
    clientGrants.assertMayActAs(caller, clientId);
  const clients = new ClientService(
    unitOfWork,
    clientStore,
    idempotency,
    slowHasher,
    clock,
    assertMayActAs,
    allowInsecureJwks,
  );
  const clientList = new ClientList(unitOfWork, options.searchBounds);
  const clientImport = new ClientImport(unitOfWork, clientStore, idempotency, slowHasher, clock);
  const secretRotation = new SecretRotation(
    unitOfWork,
    clientStore,
    idempotency,
    slowHasher,
    assertMayActAs,
  );
  const apis = new ApiService(
    unitOfWork,
    auditLog,
    idempotency,
    clock,
    prepareSigningKey,
    projects,
  );
  const clientGrants = new ClientGrantService(
    unitOfWork,
    auditLog,
    idempotency,
    clients,
    apis,
    clock,
  );
  const authenticator = new ClientAuthenticator(unitOfWork, slowHasher, rateLimiter, clock);
  const tokenAudit = new TokenAudit(auditLog);
  const tokenFacts = new TokenFactsReader(unitOfWork, projects);
  const tokenIssuer = new TokenIssuer(projects, signingKeys, tokenAudit, clock);
  const tokenRevocations = new TokenRevocations(unitOfWork, auditLog, clientStore, clock);
  const tokenVerifier = new TokenVerifier(projects, clients, signingKeys, tokenRevocations, clock);
  const tokenCallers = new TokenCallers(tokenVerifier, apis);
  const tokens = new TokenService(
    projects,
    tokenFacts,
    authenticator,
    tokenIssuer,
    tokenVerifier,
    tokenRevocations,
    clock,
  );
  const claimsPreview = new ClaimsPreview(projects, clients);
  // Sessions are made of members and organizations, and end with them.
  const endSessions: EndSessions = (caller, owner) => sessionRevocation.endAll(caller, owner);
  const organizations = new OrganizationService(
    unitOfWork,
    auditLog,
    idempotency,
    clock,
    endSessions,
  );
  const organizationList = new OrganizationList(unitOfWork);
  const members = new MemberService(unitOfWork, auditLog, idempotency, clock, endSessions);
  const memberList = new MemberList(unitOfWork, organizations);
  const sessionJwts = new SessionJwts(projects, signingKeys, clock);
  const sessions = new SessionService(
    unitOfWork,
    organizations,
    members,
    sessionJwts,
    auditLog,
    clock,
  );
  const sessionList = new SessionList(unitOfWork, organizations, members, clock);
  const sessionRevocation = new SessionRevocation(unitOfWork, members, sessions, auditLog, clock);
  const sessionAuthenticator = new SessionAuthenticator(
    unitOfWork,
    sessions,
    members,
    organizations,
    sessionJwts,
    auditLog,
    clock,
  );
  const sessionExchange = new SessionExchange(
    unitOfWork,
    sessions,
    members,
    organizations,
    sessionJwts,
  );
  const sessionClaimsPreview = new SessionClaimsPreview(projects, members, organizations);
  const { usage } = authenticator;
  const trustedAuth = createTrustedAuth({
    unitOfWork,
    auditLog,
    idempotency,
    singleUse,
    rateLimiter,
    keySources,
    projects,
    clients,
    usage,
    assertMayActAs,
    organizations,
    members,
    sessions,
    sessionJwts,
    clock,
    allowInsecureJwks,
  });
  const oauth = {
    projects,
    managementKeys,
    apis,
    clients,
    signingKeys,
    tokenFacts,
    tokenVerifier,
    tokenRevocations,
    grants: createGrants({ tokenIssuer, workloads: trustedAuth.workloads }),
    authenticationMethods: [
      clientSecretBasic(authenticator),
      clientSecretPost(authenticator),
      privateKeyJwt({ projects, keySources, usage, singleUse, clock }),
    ],
    dpop: new Dpop(projects, singleUse, masterKeys, clock),
    registration: new ClientRegistration(clients, clientStore, tokenCallers),
    clock,
  };
  return {
    unitOfWork,
    auditLog,
    projects,
    managementKeys,
    signingKeys,
    keyRotation,
    publishedKeys,
    apis,
    clientGrants,
    tokenRevocations,
    tokenCallers,
    oauth,
    slowHasher,
    clients,
    clientList,
    clientImport,
    secretRotation,
    authenticator,
    tokens,
    tokenAudit,
    claimsPreview,
    organizations,
    organizationList,
    members,
    memberList,
    sessions,
    sessionList,
    sessionRevocation,
    sessionAuthenticator,
    sessionExchange,
    sessionClaimsPreview,
    trustedAuth,
  };
}
