import { CountersignError, type ErrorCode, type TrustedAuthTokenReason } from "../shared/errors.js";

/** What a token goes through, in this order. */
export const CHECKS = [
  "FORM",
  "ALGORITHM",
  "KEY",
  "SIGNATURE",
  "ISSUER",
  "AUDIENCE",
  "TIMES",
  "AGE",
  "CONDITIONS",
  "MAPPING",
  "ORGANIZATION",
  "MEMBER",
  "CLIENT",
  "REPLAY",
] as const;
export type Check = (typeof CHECKS)[number];

/** Runs the checks that a token goes through; the first that fails ends it by what it throws. */
export interface CheckRunner {
  run<T>(check: Check, work: () => T | Promise<T>): Promise<T>;
}

export const withoutRecording: CheckRunner = { run: async (_check, work) => work() };

export interface CheckResult {
  check: Check;
  status: "PASSED" | "FAILED" | "SKIPPED";
  message: string;
  code: ErrorCode | null;
  reason: TrustedAuthTokenReason | null;
}

const SKIPPED = "An earlier check has failed, or the profile does not ask for this one";
const PASSED: Readonly<Record<Check, string>> = {
  FORM: "The token is a signed JWT, written in the one way that there is",
  ALGORITHM: "The profile accepts the token's algorithm",
  KEY: "The profile has keys that may have signed the token",
  SIGNATURE: "A key of the profile verifies the token's signature",
  ISSUER: "The token's issuer is that of the profile",
  AUDIENCE: "The token is for the profile's audience",
  TIMES: "The token is valid now",
  AGE: "The token is not too old",
  CONDITIONS: "The token's claims meet the profile's conditions",
  MAPPING: "The token has the claims that the profile maps",
  ORGANIZATION: "The organization is known, or would be created",
  MEMBER: "The member is known, or would be created",
  CLIENT: "The profile's client is active",
  REPLAY: "The token has not been used",
};

/** Keeps what became of each check. */
export class CheckRecorder implements CheckRunner {
  readonly #results = new Map<Check, CheckResult>();

  async run<T>(check: Check, work: () => T | Promise<T>): Promise<T> {
    const passed = { code: null, reason: null, status: "PASSED" as const };
    try {
      const result = await work();
      this.#results.set(check, { check, ...passed, message: PASSED[check] });
      return result;
    } catch (error) {
      if (error instanceof CountersignError) {
        const { code, message, details } = error;
        const reason = details.reason ?? null;
        this.#results.set(check, { check, status: "FAILED", message, code, reason });
      }
      throw error;
    }
  }

  get results(): CheckResult[] {
    const skipped = { status: "SKIPPED" as const, message: SKIPPED, code: null, reason: null };
    return CHECKS.map((check) => this.#results.get(check) ?? { check, ...skipped });
  }
}
