import type { ApiStore } from "../apis/api-store.js";
import { MetadataContextLoader } from "../apis/metadata-context.js";
import type { ProtectedResources } from "../apis/protected-resources.js";
import type { ClientAuthenticator } from "../clients/client-authenticator.js";
import type { ClientSecretStore } from "../clients/client-secret-store.js";
import type { ClientStore } from "../clients/client-store.js";
import type { ClientWriter } from "../clients/client-writer.js";
import type { KeySources } from "../key-sets/key-sources.js";
import type { Metrics } from "../metrics/metrics.js";
import type { ReplayDetection } from "../persistence/replay-detection.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import type { ManagementKeyAuthenticator } from "../projects/management-key-authenticator.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { RateLimiter } from "../rate-limit/rate-limiter.js";
import type { Clock } from "../shared/clock.js";
import type { MasterKeyRing } from "../shared/master-key.js";
import { KeySetLoader } from "../signing-keys/key-set-loader.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import type { BearerAuthenticator } from "../tokens/bearer-authenticator.js";
import type { ClientVerifier } from "../tokens/client-verifier.js";
import type { DpopProofs } from "../tokens/dpop-proofs.js";
import type { TokenContextLoader } from "../tokens/token-context.js";
import type { TokenIssuer } from "../tokens/token-issuer.js";
import type { TokenRevocations } from "../tokens/token-revocations.js";
import type { TokenVerifier } from "../tokens/token-verifier.js";
import type { WorkloadIdentity } from "../trusted-auth/workload-identity.js";
import type { UsageRecorder } from "../usage/usage-recorder.js";
import type { ClientAuthenticationMethod } from "./client-authentication/client-authentication-method.js";
import { clientSecretBasic } from "./client-authentication/client-secret-basic.js";
import { clientSecretPost } from "./client-authentication/client-secret-post.js";
import { privateKeyJwt } from "./client-authentication/private-key-jwt.js";
import { Dpop } from "./dpop.js";
import { EndpointContextLoader } from "./endpoint-context.js";
import { createGrants } from "./grants/registry.js";
import type { OAuthServices } from "./mount-oauth.js";
import { ClientRegistration } from "./registration.service.js";

export interface OAuthDependencies {
  unitOfWork: UnitOfWork;
  projectStore: ProjectStore;
  managementKeyAuthenticator: ManagementKeyAuthenticator;
  apiStore: ApiStore;
  protectedResources: ProtectedResources;
  clientStore: ClientStore;
  clientSecrets: ClientSecretStore;
  clientWriter: ClientWriter;
  authenticator: ClientAuthenticator;
  signingKeys: SigningKeyService;
  tokenContexts: TokenContextLoader;
  tokenIssuer: TokenIssuer;
  tokenVerifier: TokenVerifier;
  tokenRevocations: TokenRevocations;
  bearerAuthenticator: BearerAuthenticator;
  clientVerifier: ClientVerifier;
  dpopProofs: DpopProofs;
  workloadIdentity: WorkloadIdentity;
  keySources: KeySources;
  replayDetection: ReplayDetection;
  rateLimiter: RateLimiter;
  usageRecorder: UsageRecorder;
  metrics: Metrics;
  masterKeys: MasterKeyRing;
  clock: Clock;
}

/** Creates the services of the OAuth endpoints. */
export function createOAuthServices(dependencies: OAuthDependencies): OAuthServices {
  const { unitOfWork, projectStore, clientStore, authenticator, clock } = dependencies;
  const { lastUsed } = authenticator;
  return {
    ...dependencies,
    projects: projectStore,
    apis: dependencies.apiStore,
    endpointContexts: new EndpointContextLoader(unitOfWork, projectStore),
    keySets: new KeySetLoader(unitOfWork, projectStore),
    metadataContexts: new MetadataContextLoader(unitOfWork, projectStore),
    grants: createGrants(dependencies),
    authenticationMethods: [
      clientSecretBasic(authenticator),
      clientSecretPost(authenticator),
      privateKeyJwt({ ...dependencies, projects: projectStore, lastUsed }),
    ].map((method) => measured(method, dependencies.metrics)),
    dpop: new Dpop(projectStore, dependencies.dpopProofs, dependencies.masterKeys, clock),
    registration: new ClientRegistration(
      dependencies.clientWriter,
      clientStore,
      dependencies.clientSecrets,
      dependencies.bearerAuthenticator,
      clock,
    ),
  };
}

function measured(
  method: ClientAuthenticationMethod,
  metrics: Metrics,
): ClientAuthenticationMethod {
  return {
    ...method,
    authenticate: (request) =>
      metrics.clientAuthentication(method.name, () => method.authenticate(request)),
  };
}
