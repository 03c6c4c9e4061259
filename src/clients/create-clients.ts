import type { Platform } from "../platform/platform.js";
import type { RateLimiter } from "../rate-limit/rate-limiter.js";
import { ClientService } from "./client.service.js";
import { ClientAuthenticator } from "./client-authenticator.js";
import { ClientImport } from "./client-import.js";
import { ClientSearch } from "./client-search.js";
import { type AssertMayActAs, ClientStore } from "./client-store.js";
import { ClientWriter } from "./client-writer.js";
import { SecretRotation } from "./secret-rotation.js";
import { SlowHasher } from "./slow-hasher.js";

export interface ClientsOptions {
  allowInsecureJwks: boolean;
  /** At most so many that verify, and so many for imports, of this process; one if absent. */
  slowHashThreads?: number;
  /** For tests: a low cost for the hashes of secrets imported in clear, and of unknown ids. */
  bcryptCost?: number;
}

/** The composition root's part for clients. */
export function createClients(
  platform: Platform,
  rateLimiter: RateLimiter,
  assertMayActAs: AssertMayActAs,
  options: ClientsOptions,
) {
  const slowHasher = new SlowHasher({
    maxThreads: options.slowHashThreads,
    bcryptCost: options.bcryptCost,
  });
  const clientStore = new ClientStore(platform);
  const clientWriter = new ClientWriter(
    platform,
    clientStore,
    assertMayActAs,
    options.allowInsecureJwks,
  );
  return {
    slowHasher,
    clientStore,
    clientWriter,
    clients: new ClientService(clientStore, clientWriter),
    clientList: new ClientSearch(platform.unitOfWork),
    clientImport: new ClientImport(platform, clientStore, slowHasher),
    secretRotation: new SecretRotation(platform, clientStore, assertMayActAs),
    authenticator: new ClientAuthenticator(
      platform.unitOfWork,
      slowHasher,
      rateLimiter,
      platform.clock,
    ),
  };
}
