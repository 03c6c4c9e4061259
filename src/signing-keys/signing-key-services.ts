import type { Platform } from "../platform/platform.js";
import type { MasterKeyRing } from "../shared/master-key.js";
import { AlgorithmChange } from "./algorithm-change.js";
import type { GenerateKeyPair } from "./generate-key.js";
import { KeyRotation } from "./key-rotation.js";
import { LostMasterKey } from "./lost-master-key.js";
import { PublishedKeyService } from "./published-key.service.js";
import { SigningKeyService } from "./signing-key.service.js";
import { SigningKeyStore } from "./signing-key-store.js";

/** Builds the services of signing keys for the composition root. */
export function createSigningKeyServices(
  platform: Platform,
  masterKeys: MasterKeyRing,
  generateKeyPair: GenerateKeyPair | undefined,
) {
  const signingKeyStore = new SigningKeyStore(platform, masterKeys, generateKeyPair);
  return {
    signingKeys: new SigningKeyService(platform, masterKeys),
    keyRotation: new KeyRotation(platform, masterKeys, signingKeyStore),
    lostMasterKey: new LostMasterKey(platform, masterKeys, signingKeyStore),
    algorithmChange: new AlgorithmChange(platform, signingKeyStore),
    publishedKeys: new PublishedKeyService(platform),
  };
}
