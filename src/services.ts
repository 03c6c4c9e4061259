import { ApiService } from "./apis/api.service.js";
import { ApiStore } from "./apis/api-store.js";
import { AuditEventService } from "./audit/audit-event.service.js";
import { AuditLog } from "./audit/audit-log.js";
import { ClientGrantService } from "./client-grants/client-grant.service.js";
import { ClientGrantStore } from "./client-grants/client-grant-store.js";
import { ClientService } from "./clients/client.service.js";
import { ClientAuthenticator } from "./clients/client-authenticator.js";
import { ClientImport } from "./clients/client-import.js";
import { ClientList } from "./clients/client-list.js";
import { type AssertMayActAs, ClientStore } from "./clients/client-store.js";
import { ClientWriter } from "./clients/client-writer.js";
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
import { MemberStore } from "./organizations/member-store.js";
import { OrganizationService } from "./organizations/organization.service.js";
import { OrganizationList } from "./organizations/organization-list.js";
import { OrganizationStore } from "./organizations/organization-store.js";
import { ManagementKeyService } from "./projects/management-key.service.js";
import { type PrepareSigningKey, ProjectService } from "./projects/project.service.js";
import { ProjectStore } from "./projects/project-store.js";
import { RateLimiter } from "./rate-limit/rate-limiter.js";
import { SessionClaimsPreview } from "./sessions/claims-preview.js";
import { SessionAuthenticator } from "./sessions/session-authenticator.js";
import { SessionExchange } from "./sessions/session-exchange.js";
import { SessionJwts } from "./sessions/session-jwts.js";
import { SessionList } from "./sessions/session-list.js";
import { SessionRevocation } from "./sessions/session-revocation.js";
import { SessionStore } from "./sessions/session-store.js";
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
  const projectStore = new ProjectStore(unitOfWork, publicUrl);
  const projects = new ProjectService(unitOfWork, auditLog, clock, prepareSigningKey, projectStore);
  const managementKeys = new ManagementKeyService(unitOfWork, auditLog, idempotency, clock);
  const slowHasher = new SlowHasher(options.slowHashThreads);
  const clientStore = new ClientStore(unitOfWork, auditLog, clock);
  const apiStore = new ApiStore(unitOfWork, projectStore);
  const clientGrantStore = new ClientGrantStore(unitOfWork, apiStore);
  // What a client may do on this server is known to its grants, which are made of clients.
  const assertMayActAs: AssertMayActAs = (caller, clientId) =>
    clientGrantStore.assertMayActAs(caller, clientId);
  const clientWriter = new ClientWriter(
    unitOfWork,
    clientStore,
    idempotency,
    slowHasher,
    clock,
    assertMayActAs,
    allowInsecureJwks,
  );
  const clients = new ClientService(clientStore, clientWriter);
  const clientList = new ClientList(unitOfWork);
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
    apiStore,
  );
  const clientGrants = new ClientGrantService(
    unitOfWork,
    auditLog,
    idempotency,
    clientGrantStore,
    clientStore,
    apiStore,
    clock,
  );
  const authenticator = new ClientAuthenticator(unitOfWork, slowHasher, rateLimiter, clock);
  const tokenAudit = new TokenAudit(auditLog);
  const tokenFacts = new TokenFactsReader(unitOfWork, projectStore);
  const tokenIssuer = new TokenIssuer(projectStore, signingKeys, tokenAudit, clock);
  const tokenRevocations = new TokenRevocations(unitOfWork, auditLog, clientStore, clock);
  const tokenVerifier = new TokenVerifier(
    projectStore,
    clientStore,
    signingKeys,
    tokenRevocations,
    clock,
  );
  const tokenCallers = new TokenCallers(tokenVerifier, apiStore);
  const tokens = new TokenService(
    projectStore,
    tokenFacts,
    authenticator,
    tokenIssuer,
    tokenVerifier,
    tokenRevocations,
    clock,
  );
  const claimsPreview = new ClaimsPreview(projectStore, clientStore);
  const organizationStore = new OrganizationStore(unitOfWork, auditLog, clock);
  const memberStore = new MemberStore(unitOfWork, auditLog, clock);
  const sessionJwts = new SessionJwts(projectStore, signingKeys, clock);
  const sessionStore = new SessionStore(
    unitOfWork,
    organizationStore,
    memberStore,
    sessionJwts,
    auditLog,
    clock,
  );
  // Sessions are made of members and organizations, and end with them.
  const endSessions: EndSessions = (caller, owner) => sessionStore.endAll(caller, owner);
  const organizations = new OrganizationService(
    unitOfWork,
    organizationStore,
    idempotency,
    endSessions,
  );
  const organizationList = new OrganizationList(unitOfWork);
  const members = new MemberService(unitOfWork, memberStore, idempotency, endSessions);
  const memberList = new MemberList(unitOfWork, organizationStore);
  const sessionList = new SessionList(
    unitOfWork,
    sessionStore,
    organizationStore,
    memberStore,
    clock,
  );
  const sessionRevocation = new SessionRevocation(
    unitOfWork,
    memberStore,
    sessionStore,
    auditLog,
    clock,
  );
  const sessionAuthenticator = new SessionAuthenticator(
    unitOfWork,
    sessionStore,
    memberStore,
    organizationStore,
    sessionJwts,
    auditLog,
    clock,
  );
  const sessionExchange = new SessionExchange(
    unitOfWork,
    sessionStore,
    memberStore,
    organizationStore,
    sessionJwts,
  );
  const sessionClaimsPreview = new SessionClaimsPreview(
    projectStore,
    memberStore,
    organizationStore,
  );
  const { usage } = authenticator;
  const trustedAuth = createTrustedAuth({
    unitOfWork,
    auditLog,
    idempotency,
    singleUse,
    rateLimiter,
    keySources,
    projects: projectStore,
    clients: clientStore,
    usage,
    assertMayActAs,
    organizations: organizationStore,
    members: memberStore,
    sessions: sessionStore,
    sessionJwts,
    clock,
    allowInsecureJwks,
  });
  const oauth = {
    projects: projectStore,
    managementKeys,
    apis: apiStore,
    clients: clientStore,
    signingKeys,
    tokenFacts,
    tokenVerifier,
    tokenRevocations,
    grants: createGrants({ tokenIssuer, workloads: trustedAuth.workloads }),
    authenticationMethods: [
      clientSecretBasic(authenticator),
      clientSecretPost(authenticator),
      privateKeyJwt({ projects: projectStore, keySources, usage, singleUse, clock }),
    ],
    dpop: new Dpop(projectStore, singleUse, masterKeys, clock),
    registration: new ClientRegistration(clientWriter, clientStore, tokenCallers),
    clock,
  };
  return {
    unitOfWork,
    auditLog,
    auditEvents: new AuditEventService(unitOfWork),
    projectStore,
    projects,
    managementKeys,
    signingKeys,
    keyRotation,
    publishedKeys,
    apiStore,
    apis,
    clientGrantStore,
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
    organizationStore,
    organizations,
    organizationList,
    memberStore,
    members,
    memberList,
    sessionStore,
    sessionList,
    sessionRevocation,
    sessionAuthenticator,
    sessionExchange,
    sessionClaimsPreview,
    trustedAuth,
  };
}
