import type { ApiStore } from "../apis/api-store.js";
import type { ClientGrantStore } from "../client-grants/client-grant-store.js";
import type { ClientAuthenticator } from "../clients/client-authenticator.js";
import type { ClientStore } from "../clients/client-store.js";
import type { Metrics } from "../metrics/metrics.js";
import type { ReplayDetection } from "../persistence/replay-detection.js";
import type { Platform } from "../platform/platform.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import type { UsageRecorder } from "../usage/usage-recorder.js";
import { BearerAuthenticator, GRANTED } from "./bearer-authenticator.js";
import { ClientVerifier } from "./client-verifier.js";
import { DpopProofs } from "./dpop-proofs.js";
import { LongTokens } from "./long-tokens.js";
import { TokenService } from "./token.service.js";
import { TokenAudit } from "./token-audit.js";
import { TokenClaimsPreview } from "./token-claims-preview.js";
import { TokenContextLoader } from "./token-context.js";
import { TokenIssuer } from "./token-issuer.js";
import { TokenRevocations } from "./token-revocations.js";
import { TokenVerifier } from "./token-verifier.js";
import { NO_FURTHER_ROWS, VerificationContextLoader } from "./verification-context.js";

export interface TokensDependencies {
  projectStore: ProjectStore;
  signingKeys: SigningKeyService;
  apiStore: ApiStore;
  clientGrantStore: ClientGrantStore;
  clientStore: ClientStore;
  authenticator: ClientAuthenticator;
  replayDetection: ReplayDetection;
  usageRecorder: UsageRecorder;
  metrics: Pick<Metrics, "tokenRequest">;
}

/** Creates the services for access tokens. */
export function createTokenServices(platform: Platform, dependencies: TokensDependencies) {
  const { projectStore, signingKeys, apiStore, clientStore, authenticator, usageRecorder } =
    dependencies;
  const { unitOfWork, auditLog, clock } = platform;
  const tokenAudit = new TokenAudit(auditLog, projectStore);
  const tokenContexts = new TokenContextLoader(unitOfWork, projectStore);
  const longTokens = new LongTokens();
  const tokenIssuer = new TokenIssuer(
    projectStore,
    signingKeys,
    tokenAudit,
    usageRecorder,
    longTokens,
    clock,
  );
  const clientVerifier = new ClientVerifier(projectStore, tokenAudit, clock);
  const tokenRevocations = new TokenRevocations(platform, clientStore);
  const tokenVerifier = new TokenVerifier(
    projectStore,
    new VerificationContextLoader("token-verification", unitOfWork, projectStore, NO_FURTHER_ROWS),
    signingKeys,
    clock,
  );
  const dpopProofs = new DpopProofs(dependencies.replayDetection, clock);
  return {
    clientVerifier,
    dpopProofs,
    longTokens,
    tokenAudit,
    tokenContexts,
    tokenIssuer,
    tokenRevocations,
    tokenVerifier,
    bearerAuthenticator: new BearerAuthenticator(
      tokenVerifier,
      new VerificationContextLoader("bearer-token", unitOfWork, projectStore, GRANTED),
      apiStore,
      dependencies.clientGrantStore,
    ),
    tokens: new TokenService(
      tokenContexts,
      authenticator,
      tokenIssuer,
      clientVerifier,
      tokenVerifier,
      tokenRevocations,
      dpopProofs,
      usageRecorder,
      dependencies.metrics,
      clock,
    ),
    claimsPreview: new TokenClaimsPreview(projectStore, clientStore),
  };
}
