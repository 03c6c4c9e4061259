import type { ErrorCode } from "./generated/types.js";

/** Leads to an argument, such as `["input", "scopes", 0]`. */
export type ArgumentPath = readonly (string | number)[];

/** Why a profile refuses a trusted auth token. */
export type TrustedAuthTokenReason =
  | "SIGNATURE"
  | "ISSUER"
  | "AUDIENCE"
  | "EXPIRED"
  | "NOT_YET_VALID"
  | "ALGORITHM"
  | "CLAIM_MISSING"
  | "REPLAYED"
  | "KEY_SET_UNAVAILABLE"
  | "MALFORMED"
  | "CONDITION";

/**
 * What errors of a code carry beside the fields that all have. A newer server may answer with codes that this version
 * does not know. They pass through, and declaration merging adds them to the union.
 *
 * @example
 * declare module "@countersign/sdk/management" {
 *   interface ErrorExtensions {
 *     QUOTA_EXCEEDED: object;
 *   }
 * }
 */
export interface ErrorExtensions {
  ALREADY_EXISTS: { path: ArgumentPath };
  DUPLICATE_CLIENT_ID: { path: ArgumentPath };
  IDEMPOTENCY_CONFLICT: { path: ArgumentPath };
  INSECURE_CLIENT_SECRET: { path: ArgumentPath };
  INVALID_TRUSTED_AUTH_TOKEN: { reason: TrustedAuthTokenReason };
  RATE_LIMITED: { retryAfterSeconds: number; retryable: true };
  SERVICE_UNAVAILABLE: { retryAfterSeconds: number; retryable: true };
}

export type CountersignErrorCode = ErrorCode | keyof ErrorExtensions;

export interface CountersignErrorDetails {
  /** The name of the operation, such as `createClient`. */
  operation: string;
  /** The HTTP status, which is 200 for most codes. */
  status: number;
  /** How often the request was sent. Where it is more than one, an earlier attempt may have taken effect. */
  attempts: number;
  /** Whether the same request may succeed later. */
  retryable: boolean;
  /** The argument with the problem. */
  path?: ArgumentPath;
  /** The field of the answer that is null because of it, such as `["client", "events"]`. */
  responsePath?: ArgumentPath;
  reason?: TrustedAuthTokenReason;
  /** Name or path of the claim or header parameter that `reason` is about. */
  claim?: string;
  /** When to try again. */
  retryAfterSeconds?: number;
}

/**
 * An error that the server answers with. `code` tells the members of the union apart. No field holds a secret or a
 * value of the request.
 *
 * @example
 * try {
 *   await management.updateClient({ clientId: "client-1", name: "Billing", expectedVersion: 3 });
 * } catch (error) {
 *   if (!(error instanceof CountersignError)) throw error;
 *   if (error.code === "VERSION_CONFLICT") console.log("somebody else has changed it");
 *   else if (error.code === "RATE_LIMITED") console.log(`again in ${error.retryAfterSeconds} s`);
 *   else throw error;
 * }
 */
export type CountersignError<Code extends CountersignErrorCode = CountersignErrorCode> = {
  [C in Code]: Error &
    Readonly<CountersignErrorDetails> & { readonly code: C } & (C extends keyof ErrorExtensions
      ? Readonly<ErrorExtensions[C]>
      : unknown);
}[Code];

export const CountersignError = class CountersignError extends Error {
  override readonly name = "CountersignError";

  constructor(
    readonly code: CountersignErrorCode,
    message: string,
    details: CountersignErrorDetails,
  ) {
    super(message);
    Object.assign(this, details);
  }
} as unknown as {
  readonly prototype: CountersignError;
  new (
    code: CountersignErrorCode,
    message: string,
    details: CountersignErrorDetails,
  ): CountersignError;
};
