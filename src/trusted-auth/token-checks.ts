import type { ErrorCode, OAuthFailureCode } from "../shared/error-codes.js";
import { CountersignError, type TrustedAuthTokenReason } from "../shared/errors.js";
import { explained } from "./trusted-auth-error.js";

/** The checks of a trusted auth token, in their order. */
export const CHECKS = [
  "FORM",
  "ALGORITHM",
  "ISSUER",
  "AUDIENCE",
  "TIMES",
  "AGE",
  "KEY",
  "SIGNATURE",
  "CONDITIONS",
  "MAPPING",
  "ORGANIZATION",
  "MEMBER",
  "CLIENT",
  "REPLAY",
] as const;
export type Check = (typeof CHECKS)[number];

/** Runs the checks of a token; a check fails by throwing, so no later check runs. */
export interface CheckRunner {
  run<T>(check: Check, work: () => T | Promise<T>): Promise<T>;
}

export const withoutRecording: CheckRunner = { run: async (_check, work) => work() };

export interface CheckResult {
  check: Check;
  status: "PASSED" | "FAILED" | "SKIPPED";
  message: string;
  code: ErrorCode | OAuthFailureCode | null;
  reason: TrustedAuthTokenReason | null;
  claim: string | null;
}

const NOT_NEEDED = "The profile does not need this check";
const NOT_REACHED = "An earlier check failed";
const PASSED: Readonly<Record<Check, string>> = {
  FORM: "The token is a well-formed signed JWT",
  ALGORITHM: "The profile accepts the token's algorithm",
  KEY: "The profile has keys that may have signed the token",
  SIGNATURE: "A key of the profile verifies the token's signature",
  ISSUER: "The profile accepts the token's issuer",
  AUDIENCE: "The token's audience includes the profile's audience",
  TIMES: "The token is already valid and has not expired",
  AGE: "The token is not older than the profile allows",
  CONDITIONS: "The token's claims meet the profile's conditions",
  MAPPING: "The token has the claims that the profile maps",
  ORGANIZATION: "The organization exists or would be created",
  MEMBER: "The member exists or would be created",
  CLIENT: "The profile's client is active",
  REPLAY: "The token has not been used before",
};

/** Runs checks and records their results. */
export class CheckRecorder implements CheckRunner {
  readonly #results = new Map<Check, CheckResult>();

  async run<T>(check: Check, work: () => T | Promise<T>): Promise<T> {
    const passed = { code: null, reason: null, claim: null, status: "PASSED" as const };
    try {
      const result = await work();
      this.#results.set(check, { check, ...passed, message: PASSED[check] });
      return result;
    } catch (error) {
      if (error instanceof CountersignError) {
        const { code, message, details } = explained(error);
        const { reason = null, claim = null } = details;
        this.#results.set(check, { check, status: "FAILED", message, code, reason, claim });
      }
      throw error;
    }
  }

  get results(): CheckResult[] {
    const skipped = { status: "SKIPPED" as const, code: null, reason: null, claim: null };
    const failed = CHECKS.findIndex((check) => this.#results.get(check)?.status === "FAILED");
    return CHECKS.map((check, index) => {
      const message = failed >= 0 && index > failed ? NOT_REACHED : NOT_NEEDED;
      return this.#results.get(check) ?? { check, ...skipped, message };
    });
  }
}
