export type TestEndpoint =
  | "tokenEndpoint"
  | "introspectionEndpoint"
  | "revocationEndpoint"
  | "verifyEndpoint"
  | "keySet"
  | "metadata";

/**
 * How an endpoint fails. What is given applies together: `{ delayMs: 200, status: 503 }` answers 503 after 200 ms.
 *
 * @example
 * const limited: TestFault = { status: 429, retryAfterSeconds: 2, times: 1 };
 */
export interface TestFault {
  /** Status of the answer, with the server's body for it. */
  status?: number;
  /** The header `Retry-After`. */
  retryAfterSeconds?: number;
  /** How long the answer takes. */
  delayMs?: number;
  /** The connection breaks without an answer. */
  networkError?: boolean;
  /** The answer ends in the middle of its JSON. */
  malformedJson?: boolean;
  /** Media type of the answer, such as `text/html`. */
  contentType?: string;
  /** Only each nth request fails, the nth first. Default: each one. */
  every?: number;
  /** How often it fails. Default: until it is cleared. */
  times?: number;
}

export type TestFaults = Partial<Record<TestEndpoint, TestFault>>;

export interface TestFaultControl {
  /** Replaces the fault of this endpoint. */
  set(endpoint: TestEndpoint, fault: TestFault): void;
  /** @param endpoint absent: all of them */
  clear(endpoint?: TestEndpoint): void;
}
