import type { KeySetPolicy } from "../key-sets/key-set-url.js";
import { LastUsedTracker } from "../persistence/last-used-tracker.js";
import type { Platform } from "../platform/platform.js";
import type { RateLimiter } from "../rate-limit/rate-limiter.js";
import type { MasterKeyRing } from "../shared/master-key.js";
import { Client } from "./client.entity.js";
import { ClientService } from "./client.service.js";
import { ClientAuthenticator } from "./client-authenticator.js";
import type { ClientAuthority } from "./client-authority.js";
import { ClientDeletion } from "./client-deletion.js";
import type { GrantsOnApi } from "./client-filter.js";
import { ClientImport } from "./client-import.js";
import { ClientOwners } from "./client-owners.js";
import { ClientSearch } from "./client-search.js";
import { ClientSecret } from "./client-secret.entity.js";
import { ClientSecretStore } from "./client-secret-store.js";
import { ClientStore } from "./client-store.js";
import { ClientWriter } from "./client-writer.js";
import { OwnClientCreation } from "./own-client-creation.js";
import { SecretRotation } from "./secret-rotation.js";
import { SlowHasher } from "./slow-hasher.js";
import { VerifiedSecrets } from "./verified-secrets.js";

export interface ClientsOptions {
  masterKeys: MasterKeyRing;
  keySetPolicy: KeySetPolicy;
  /** Maximum of threads for verification, and the same for imports, per process; 1 if absent. */
  slowHashThreads?: number;
  /** Cost of hashes of imported secrets and of the dummy hash. Tests set a low one. */
  bcryptCost?: number;
  /** Up to how many clients a search counts by a condition, and sorts. Tests set a low one. */
  maxSortedClients?: number;
}

/** Builds the services of this feature for the composition root. */
export function createClientServices(
  platform: Platform,
  rateLimiter: RateLimiter,
  authority: ClientAuthority,
  grantsOnApi: GrantsOnApi,
  options: ClientsOptions,
) {
  const { unitOfWork, clock } = platform;
  const slowHasher = new SlowHasher({
    maxThreads: options.slowHashThreads,
    bcryptCost: options.bcryptCost,
  });
  const clientSecrets = new ClientSecretStore(platform);
  const clientOwners = new ClientOwners(unitOfWork);
  const clientStore = new ClientStore(platform, clientSecrets, clientOwners);
  const clientDeletion = new ClientDeletion(platform, clientStore, clientOwners);
  const clientWriter = new ClientWriter(
    platform,
    clientStore,
    clientDeletion,
    clientOwners,
    authority,
    new OwnClientCreation(platform, clientStore, authority),
    options.keySetPolicy,
  );
  return {
    slowHasher,
    clientSecrets,
    clientStore,
    clientDeletion,
    clientWriter,
    clients: new ClientService(platform.batchedReads, clientWriter),
    clientSearch: new ClientSearch(platform, grantsOnApi, options.maxSortedClients),
    clientImport: new ClientImport(platform, clientStore, slowHasher, options.keySetPolicy),
    secretRotation: new SecretRotation(platform, clientStore, clientSecrets, slowHasher, authority),
    authenticator: new ClientAuthenticator(
      new LastUsedTracker(unitOfWork, clock, Client, "clientId"),
      new LastUsedTracker(unitOfWork, clock, ClientSecret, "secretId"),
      new VerifiedSecrets(options.masterKeys, unitOfWork),
      slowHasher,
      rateLimiter,
      clock,
    ),
  };
}
