import { STATUS_CODES } from "node:http";
import type { FastifyReply } from "fastify";
import { sendOAuthError } from "../../../../src/oauth/oauth-error.js";
import { CountersignError } from "../../../../src/shared/errors.js";
import type { TestEndpoint, TestFault, TestFaultControl, TestFaults } from "../faults.js";
import { type OutgoingAnswer, Reply } from "./http.js";

interface ActiveFault extends TestFault {
  requests: number;
  failures: number;
}

const ENDPOINTS: readonly TestEndpoint[] = [
  "tokenEndpoint",
  "introspectionEndpoint",
  "revocationEndpoint",
  "verifyEndpoint",
  "keySet",
  "metadata",
];

/** The faults of the endpoints, and how often each has shown. */
export class Faults implements TestFaultControl {
  readonly #active = new Map<TestEndpoint, ActiveFault>();

  constructor(faults: TestFaults = {}) {
    for (const [endpoint, fault] of Object.entries(faults)) {
      this.set(endpoint as TestEndpoint, fault);
    }
  }

  set(endpoint: TestEndpoint, fault: TestFault): void {
    if (!ENDPOINTS.includes(endpoint)) {
      throw new TypeError(
        `There is no endpoint \`${endpoint}\`. There are: ${ENDPOINTS.join(", ")}`,
      );
    }
    this.#active.set(endpoint, { ...fault, requests: 0, failures: 0 });
  }

  clear(endpoint?: TestEndpoint): void {
    if (endpoint) this.#active.delete(endpoint);
    else this.#active.clear();
  }

  /** Counts a request. @returns how it fails; null: it does not */
  next(endpoint: TestEndpoint | null): TestFault | null {
    const fault = endpoint && this.#active.get(endpoint);
    if (!fault) return null;
    fault.requests++;
    const { every = 1, times = Infinity } = fault;
    if (fault.requests % every !== 0 || fault.failures >= times) return null;
    fault.failures++;
    return fault;
  }
}

/** The answer that a fault makes of the server's own, which a fault with a status replaces. */
export async function faultyAnswer(
  { status, retryAfterSeconds, malformedJson, contentType }: TestFault,
  answer: () => Promise<OutgoingAnswer>,
): Promise<OutgoingAnswer> {
  const sent = status === undefined ? await answer() : errorAnswer(status);
  const headers = { ...sent.headers };
  if (retryAfterSeconds !== undefined) headers["retry-after"] = String(retryAfterSeconds);
  if (contentType !== undefined) headers["content-type"] = contentType;
  const body = malformedJson ? sent.body.slice(0, Math.ceil(sent.body.length / 2)) : sent.body;
  return { ...sent, headers, body };
}

const ERRORS = new Map([
  [429, new CountersignError("RATE_LIMITED", "Too many requests, try again later")],
  [
    503,
    new CountersignError("SERVICE_UNAVAILABLE", "The database is unavailable, try again later"),
  ],
]);

function errorAnswer(status: number): OutgoingAnswer {
  const reply = new Reply({});
  const error = ERRORS.get(status) ?? new Error(STATUS_CODES[status]);
  sendOAuthError(reply as unknown as FastifyReply, error);
  return reply.code(status).answer();
}
