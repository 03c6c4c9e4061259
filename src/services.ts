import { Api } from "./apis/api.entity.js";
import { ApiService } from "./apis/api.service.js";
import { ApiStore } from "./apis/api-store.js";
import { assertMembersMayGrant } from "./apis/member-grants.js";
import { ProtectedResources } from "./apis/protected-resources.js";
import { AuditEventService } from "./audit/audit-event.service.js";
import { createClientAuthorities } from "./client-grants/client-authorities.js";
import { ClientGrant } from "./client-grants/client-grant.entity.js";
import { ClientGrantService } from "./client-grants/client-grant.service.js";
import { grantsOnApi } from "./client-grants/client-grant-store.js";
import { narrowGrants } from "./client-grants/narrow-grants.js";
import { OwnClientLimitsService } from "./client-grants/own-client-limits.js";
import { Client } from "./clients/client.entity.js";
import { type ClientsOptions, createClientServices } from "./clients/client-services.js";
import type { Database } from "./database/open-database.js";
import { Nodes } from "./graphql/nodes.js";
import { ServerInformationService } from "./graphql/server-information.js";
import { AllowedHosts } from "./key-sets/allowed-hosts.js";
import type { KeySetPolicy } from "./key-sets/key-set-url.js";
import { KeySources } from "./key-sets/key-sources.js";
import type { ProxyEnvironment } from "./key-sets/proxy-environment.js";
import { Metrics } from "./metrics/metrics.js";
import { createOAuthServices } from "./oauth/oauth-services.js";
import { observeKeySets } from "./observations/key-set-observer.js";
import { Observations } from "./observations/observations.js";
import { createOrganizationServices } from "./organizations/organization-services.js";
import type { RevokeSessions } from "./organizations/revoke-sessions.js";
import { ReplayDetection } from "./persistence/replay-detection.js";
import { createPlatform } from "./platform/platform.js";
import { createProbes } from "./probes/probes.js";
import { ManagementKeyService } from "./projects/management-key.service.js";
import { ManagementKeyAuthenticator } from "./projects/management-key-authenticator.js";
import {
  type AssertClientExists,
  type PrepareSigningKey,
  ProjectService,
} from "./projects/project.service.js";
import { ProjectAdministration } from "./projects/project-administration.js";
import { ProjectIssuers } from "./projects/project-issuers.js";
import { ProjectStore } from "./projects/project-store.js";
import { RateLimiter } from "./rate-limit/rate-limiter.js";
import { Readiness, type Surroundings } from "./readiness/readiness.js";
import { ReadinessService } from "./readiness/readiness.service.js";
import { createSessionServices } from "./sessions/session-services.js";
import type { Clock } from "./shared/clock.js";
import type { GenerateKeyPair } from "./signing-keys/generate-key.js";
import { createSigningKeyServices } from "./signing-keys/signing-key-services.js";
import { createTokenServices } from "./tokens/token-services.js";
import { TrustedAuthProfile } from "./trusted-auth/profile.entity.js";
import { createTrustedAuthServices } from "./trusted-auth/trusted-auth-services.js";
import { UsageService } from "./usage/usage.service.js";
import { UsageRecorder } from "./usage/usage-recorder.js";

export interface ServiceOptions extends Omit<ClientsOptions, "keySetPolicy"> {
  database: Database;
  clock: Clock;
  publicUrl: string;
  /** Allows key sets over http and on loopback. */
  allowInsecureJwks: boolean;
  /** Absent: key sets are fetched from public hosts alone. */
  keySetAllowedHosts?: AllowedHosts;
  /** Absent: key sets are fetched without a proxy. */
  proxyEnvironment?: ProxyEnvironment | undefined;
  /** Absent: readiness checks do not look at the host. */
  surroundings?: Surroundings;
  /** Lets tests use key pairs that exist already. */
  generateKeyPair?: GenerateKeyPair;
}

export type Services = ReturnType<typeof createServices>;

/** Composition root: creates every service by hand, here or in a feature's `create…` function. */
export function createServices(options: ServiceOptions) {
  const { database, masterKeys, clock, publicUrl, proxyEnvironment } = options;
  const { unitOfWork } = database;
  const platform = createPlatform(unitOfWork, masterKeys, clock);
  const observations = new Observations(unitOfWork, clock);
  const metrics = new Metrics();
  const rateLimiter = new RateLimiter(unitOfWork, clock, (limit) => metrics.rateLimited(limit));
  const keySetPolicy: KeySetPolicy = {
    allowInsecure: options.allowInsecureJwks,
    allowedHosts: options.keySetAllowedHosts ?? AllowedHosts.NONE,
  };
  const observeKeySet = observeKeySets(observations, clock);
  const keySources = new KeySources(
    clock,
    { policy: keySetPolicy, proxyEnvironment },
    (outcome) => {
      observeKeySet(outcome);
      metrics.keySetFetched(outcome.failure === null);
    },
  );
  const replayDetection = new ReplayDetection(unitOfWork);
  const signing = createSigningKeyServices(platform, masterKeys, options.generateKeyPair);
  const { signingKeys, algorithmChange } = signing;
  const prepareSigningKey: PrepareSigningKey = (caller, algorithm, force) =>
    algorithmChange.prepare(caller, algorithm, force);
  const projectStore = new ProjectStore(unitOfWork, publicUrl, clock);
  const managementKeyAuthenticator = new ManagementKeyAuthenticator(
    platform,
    projectStore,
    rateLimiter,
  );
  const managementKeys = new ManagementKeyService(platform, projectStore);
  const apiStore = new ApiStore(unitOfWork, projectStore);
  const { clientGrantStore, ownClientsAuthority, clientAuthority } = createClientAuthorities(
    platform,
    ({ projectId, clientId }) =>
      unitOfWork.read.findBy(TrustedAuthProfile, { projectId, clientId }),
  );
  const clients = createClientServices(platform, rateLimiter, clientAuthority, grantsOnApi, {
    ...options,
    keySetPolicy,
  });
  const usageRecorder = new UsageRecorder(unitOfWork);
  const tokens = createTokenServices(platform, {
    metrics,
    usageRecorder,
    ...clients,
    projectStore,
    signingKeys,
    apiStore,
    clientGrantStore,
    replayDetection,
  });
  // `sessions` depends on `organizations`, which revoke sessions of deactivated members.
  const revokeSessions: RevokeSessions = (caller, owner, options) =>
    sessions.sessionStore.revokeAll(caller, owner, options);
  // `clients` depends on `organizations`, with which clients are deleted.
  const organizations = createOrganizationServices(
    platform,
    revokeSessions,
    (caller, owner) => clients.clientDeletion.deleteOwned(caller, owner),
    (projectId, grantable) => assertMembersMayGrant(apiStore, projectId, grantable),
  );
  const sessions = createSessionServices(platform, {
    ...organizations,
    rateLimiter,
    projectStore,
    signingKeys,
  });
  const trustedAuth = createTrustedAuthServices(platform, {
    ...clients,
    ...organizations,
    ...sessions,
    projectStore,
    rateLimiter,
    keySources,
    replayDetection,
    clientAuthority,
    keySetPolicy,
  });
  const protectedResources = new ProtectedResources(platform, projectStore);
  const oauth = createOAuthServices({
    unitOfWork,
    ...clients,
    ...tokens,
    projectStore,
    managementKeyAuthenticator,
    apiStore,
    protectedResources,
    signingKeys,
    workloadIdentity: trustedAuth.workloadIdentity,
    keySources,
    replayDetection,
    rateLimiter,
    usageRecorder,
    metrics,
    masterKeys,
    clock,
  });
  const assertClientExists: AssertClientExists = (projectId, clientId) =>
    clients.clientStore.assertExists(projectId, clientId);
  const projects = new ProjectService(
    platform,
    prepareSigningKey,
    projectStore,
    new ProjectIssuers(projectStore),
    (projectId) => signingKeys.longestLifetime(projectId),
    assertClientExists,
    [Api, Client, ClientGrant],
  );
  const apis = new ApiService(
    platform,
    prepareSigningKey,
    apiStore,
    assertClientExists,
    narrowGrants(platform),
  );
  const clientGrants = new ClientGrantService(
    platform,
    clientGrantStore,
    clients.clientStore,
    clients.clientSecrets,
    apiStore,
    clientAuthority,
    ownClientsAuthority,
  );
  const auditEvents = new AuditEventService(unitOfWork, platform.batchedReads);
  const nodes = new Nodes({
    Project: projects,
    ManagementKey: managementKeys,
    Client: clients.clients,
    ClientGrant: clientGrants,
    Api: apis,
    Organization: organizations.organizations,
    Member: organizations.members,
    Session: sessions.sessionList,
    Profile: trustedAuth.profiles,
    SigningKey: signing.keyRotation,
    PublishedKey: signing.publishedKeys,
    AuditEvent: auditEvents,
  });
  return {
    ...platform,
    ...clients,
    ...tokens,
    ...organizations,
    ...sessions,
    auditEvents,
    projectStore,
    projects,
    projectAdministration: new ProjectAdministration(
      platform,
      prepareSigningKey,
      managementKeys,
      (manager, projectId) => clients.clientStore.countUsable(manager, projectId, clock.now()),
    ),
    managementKeyAuthenticator,
    managementKeys,
    apiStore,
    apis,
    protectedResources,
    clientGrantStore,
    clientGrants,
    ownClientLimits: new OwnClientLimitsService(unitOfWork, ownClientsAuthority),
    ...signing,
    trustedAuth,
    serverInformation: new ServerInformationService(),
    usageRecorder,
    usage: new UsageService(platform),
    oauth,
    metrics,
    observations,
    readiness: new ReadinessService(
      platform,
      new Readiness(unitOfWork, clock, options.surroundings, () => observations.list()),
    ),
    probes: createProbes(
      unitOfWork,
      { observations, projectStore, keySources, clock },
      { policy: keySetPolicy, proxyEnvironment },
    ),
    nodes,
  };
}
