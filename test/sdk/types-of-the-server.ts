import type { TrustedAuthTokenReason } from "@countersign/sdk/management";
import type { SigningAlgorithm, TokenProfile } from "@countersign/sdk/verify";
import type {
  SigningAlgorithm as AlgorithmOfServer,
  TokenProfileName,
} from "../../src/projects/project.entity.js";
import type { TrustedAuthTokenReason as ReasonOfServer } from "../../src/shared/errors.js";

type Same<One, Other> = [One, Other] extends [Other, One] ? true : false;

/** What the SDK writes down of the server's types. `npm run typecheck` is the test, and nothing of it runs. */
export const sameTypes: {
  algorithms: Same<SigningAlgorithm, AlgorithmOfServer>;
  profiles: Same<TokenProfile, TokenProfileName>;
  reasons: Same<TrustedAuthTokenReason, ReasonOfServer>;
} = { algorithms: true, profiles: true, reasons: true };
