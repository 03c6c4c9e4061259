import { randomBytes } from "node:crypto";
import type { ApiStore } from "../../../../src/apis/api-store.js";
import type { MetadataContextLoader } from "../../../../src/apis/metadata-context.js";
import type { Client } from "../../../../src/clients/client.entity.js";
import { ClientAuthenticator } from "../../../../src/clients/client-authenticator.js";
import type { ClientSecret } from "../../../../src/clients/client-secret.entity.js";
import type { SlowHasher } from "../../../../src/clients/slow-hasher.js";
import type { VerifiedSecrets } from "../../../../src/clients/verified-secrets.js";
import { PUBLIC_HOSTS } from "../../../../src/key-sets/key-set-url.js";
import { KeySources } from "../../../../src/key-sets/key-sources.js";
import type { Metrics } from "../../../../src/metrics/metrics.js";
import { clientSecretBasic } from "../../../../src/oauth/client-authentication/client-secret-basic.js";
import { clientSecretPost } from "../../../../src/oauth/client-authentication/client-secret-post.js";
import { privateKeyJwt } from "../../../../src/oauth/client-authentication/private-key-jwt.js";
import { Dpop } from "../../../../src/oauth/dpop.js";
import type { EndpointContextLoader } from "../../../../src/oauth/endpoint-context.js";
import { createGrants } from "../../../../src/oauth/grants/registry.js";
import type { LastUsedTracker } from "../../../../src/persistence/last-used-tracker.js";
import type { ReplayDetection } from "../../../../src/persistence/replay-detection.js";
import type { ManagementKeyAuthenticator } from "../../../../src/projects/management-key-authenticator.js";
import type { ProjectStore } from "../../../../src/projects/project-store.js";
import type { RateLimiter } from "../../../../src/rate-limit/rate-limiter.js";
import { SessionJwts } from "../../../../src/sessions/session-jwts.js";
import type { Clock } from "../../../../src/shared/clock.js";
import { CountersignError } from "../../../../src/shared/errors.js";
import { MasterKeyRing } from "../../../../src/shared/master-key.js";
import type { KeySetLoader } from "../../../../src/signing-keys/key-set-loader.js";
import type { SigningKeyService } from "../../../../src/signing-keys/signing-key.service.js";
import { ClientVerifier } from "../../../../src/tokens/client-verifier.js";
import { DpopProofs } from "../../../../src/tokens/dpop-proofs.js";
import type { LongTokens } from "../../../../src/tokens/long-tokens.js";
import type { TokenAudit } from "../../../../src/tokens/token-audit.js";
import type { TokenContextLoader } from "../../../../src/tokens/token-context.js";
import { TokenIssuer } from "../../../../src/tokens/token-issuer.js";
import type { TokenRevocations } from "../../../../src/tokens/token-revocations.js";
import { TokenVerifier } from "../../../../src/tokens/token-verifier.js";
import type { VerificationContextLoader } from "../../../../src/tokens/verification-context.js";
import {
  invalidGrant,
  type WorkloadIdentity,
} from "../../../../src/trusted-auth/workload-identity.js";
import type { UsageRecorder } from "../../../../src/usage/usage-recorder.js";
import type { Records } from "./records.js";
import type { SigningKeys } from "./signing-keys.js";
import {
  Apis,
  EndpointContexts,
  KeySets,
  MetadataContexts,
  Projects,
  Revocations,
  TokenContexts,
  UsedIds,
  VerificationContexts,
} from "./stores.js";

/**
 * Stands in for a class of the server that needs a database. What it has, the compiler compares; the differential tests
 * show that it has all that is called.
 */
function standIn<Class>(part: Partial<Class>): Class {
  return part as Class;
}

const doNothing = () => {};
const resolved = async () => {};

/** Counts nothing. */
const rateLimiter = standIn<RateLimiter>({
  consume: resolved,
  assertAvailable: resolved,
  refund: resolved,
  delayRejection: (check) => check,
});

/** Every secret of a test has a fast hash, so that a wrong one matches no slow hash. */
const slowHasher = standIn<SlowHasher>({
  runQueued: (_network, task) => task(),
  verify: async () => false,
});
const verifiedSecrets = standIn<VerifiedSecrets>({
  isSeenFrom: () => false,
  has: () => false,
  add: doNothing,
});

/** There are no management keys. */
const managementKeyAuthenticator = standIn<ManagementKeyAuthenticator>({
  authenticateWith: async () => {
    throw new CountersignError("UNAUTHENTICATED", "Unknown project or wrong secret");
  },
});

/** No issuer is trusted. */
const workloadIdentity = standIn<WorkloadIdentity>({
  identify: async () => {
    throw invalidGrant();
  },
});

/** Nobody asks how many tokens there were. */
const metrics = standIn<Metrics>({ tokenRequest: (_grant, issue) => issue() });

/** Nobody asks when a client was last used, or what happened. */
const lastUsed = standIn<LastUsedTracker<Client>>({ touch: doNothing });
const secretLastUsed = standIn<LastUsedTracker<ClientSecret>>({ touch: doNothing });
const tokenAudit = standIn<TokenAudit>({ record: doNothing });
const usage = standIn<UsageRecorder>({ issued: doNothing, refused: doNothing });
const longTokens = standIn<LongTokens>({ add: doNothing });

/** The server's own services over the records instead of a database. */
export function createServices(records: Records, keys: SigningKeys, clock: Clock) {
  const projects = standIn<ProjectStore>(new Projects(records));
  const tokenRevocations = standIn<TokenRevocations>(new Revocations(records));
  const replayDetection = standIn<ReplayDetection>(new UsedIds());
  const signingKeys = standIn<SigningKeyService>(keys);
  const authenticator = new ClientAuthenticator(
    lastUsed,
    secretLastUsed,
    verifiedSecrets,
    slowHasher,
    rateLimiter,
    clock,
  );
  const tokenIssuer = new TokenIssuer(projects, signingKeys, tokenAudit, usage, longTokens, clock);
  const dpopProofs = new DpopProofs(replayDetection, clock);
  const assertions = {
    projects,
    lastUsed,
    replayDetection,
    rateLimiter,
    clock,
    // Clients of tests have their keys here, not at a URL.
    keySources: new KeySources(clock, { policy: PUBLIC_HOSTS }),
  };
  return {
    clock,
    projects,
    endpointContexts: standIn<EndpointContextLoader>(new EndpointContexts(records, keys)),
    tokenIssuer,
    tokenRevocations,
    rateLimiter,
    usageRecorder: usage,
    metrics,
    signingKeys,
    managementKeyAuthenticator,
    apis: standIn<ApiStore>(new Apis(records)),
    keySets: standIn<KeySetLoader>(new KeySets(keys)),
    metadataContexts: standIn<MetadataContextLoader>(new MetadataContexts(records)),
    tokenContexts: standIn<TokenContextLoader>(new TokenContexts(records)),
    dpopProofs,
    clientVerifier: new ClientVerifier(projects, tokenAudit, clock),
    tokenVerifier: new TokenVerifier(
      projects,
      standIn<VerificationContextLoader>(new VerificationContexts(records, keys)),
      signingKeys,
      clock,
    ),
    sessionJwts: new SessionJwts(projects, signingKeys, clock),
    grants: createGrants({ tokenIssuer, workloadIdentity }),
    authenticationMethods: [
      clientSecretBasic(authenticator),
      clientSecretPost(authenticator),
      privateKeyJwt(assertions),
    ],
    dpop: new Dpop(projects, dpopProofs, new MasterKeyRing([randomBytes(32)]), clock),
  };
}

export type Services = ReturnType<typeof createServices>;
