import { type Result, readAnswer } from "./answer.js";
import type { CountersignError } from "./countersign-error.js";
import type { Authorization } from "./credentials.js";
import { OPERATIONS, WITH_IDEMPOTENCY_KEY } from "./generated/operations.js";
import { send, type Transport } from "./graphql-request.js";
import type { CallOptions } from "./methods.js";
import type { MutationName, QueryName } from "./operations.js";
import { answerIfGone, isRepeatable } from "./repetition.js";
import { withRetries } from "./retries.js";
import { assertSecretShown } from "./secret-not-repeated.js";

export interface CallerOptions extends Transport {
  authorization: Authorization;
  timeoutSeconds: number;
  retries: number;
}

export interface RequestOptions extends CallOptions {
  /**
   * Whether an answer with data is returned together with its errors, as `{ data, errors }`. Default: the first error is
   * thrown.
   */
  partial?: boolean | undefined;
  /**
   * Whether the document may be sent again when nobody knows if it has taken effect: true for a mutation with an
   * idempotency key, or one that says what shall be. Default: only without a mutation.
   */
  repeatable?: boolean | undefined;
}

/** Sends operations with their retries, and turns answers into values and errors. `methods.ts` has their types. */
export function createCaller(options: CallerOptions) {
  const { authorization, timeoutSeconds, retries, ...transport } = options;

  async function sendOnce(
    operation: string,
    query: string,
    variables: object,
    options: CallOptions,
    attempt: number,
  ): Promise<Result> {
    const request = {
      operation,
      query,
      variables,
      timeoutSeconds: options.timeoutSeconds ?? timeoutSeconds,
      signal: options.signal,
    };
    const sendWith = async (authorization: string) =>
      readAnswer(await send(transport, { ...request, authorization }, attempt), operation, attempt);
    const credential = await authorization();
    const result = await sendWith(credential);
    if (result.errors[0]?.code !== "UNAUTHENTICATED") return result;
    const renewed = await authorization(credential);
    return renewed === credential ? result : sendWith(renewed);
  }

  async function query(
    operation: QueryName,
    variables: object = {},
    options: CallOptions = {},
  ): Promise<unknown> {
    const policy = { retries, isRepeatable: true, signal: options.signal };
    return withRetries(policy, async (attempt) => {
      const text = OPERATIONS[operation];
      const result = await sendOnce(operation, text, variables, options, attempt);
      return throwErrors(result)[operation];
    });
  }

  async function mutate(
    operation: MutationName,
    given: object,
    options: CallOptions = {},
  ): Promise<unknown> {
    const input = withIdempotencyKey(operation, given);
    const policy = {
      retries,
      isRepeatable: isRepeatable(operation, input),
      signal: options.signal,
    };
    return withRetries(policy, async (attempt, mayBeRepetition) => {
      const text = OPERATIONS[operation];
      const result = await sendOnce(operation, text, { input }, options, attempt);
      const code = result.errors[0]?.code;
      const gone = code && mayBeRepetition && answerIfGone(operation, input, code);
      if (gone) return gone;
      const answer = throwErrors(result)[operation];
      assertSecretShown(operation, input, answer);
      return answer;
    });
  }

  async function request(
    query: string,
    variables: object = {},
    { partial = false, repeatable, ...options }: RequestOptions = {},
  ): Promise<{ data: object; errors: CountersignError[] }> {
    const operation = /\b(?:query|mutation)\s+(\w+)/.exec(query)?.[1] ?? "request";
    const mayRepeat = repeatable ?? !/\bmutation\b/.test(query);
    const policy = {
      // One mutation of a document may have taken effect although another one was refused.
      retries: mayRepeat ? retries : 0,
      isRepeatable: mayRepeat,
      signal: options.signal,
    };
    return withRetries(policy, async (attempt) => {
      const result = await sendOnce(operation, query, variables, options, attempt);
      const { data, errors } = result;
      return partial && data ? { data, errors } : { data: throwErrors(result), errors: [] };
    });
  }

  return { query, mutate, request };
}

/** @throws the first of the errors */
function throwErrors({ data, errors: [error] }: Result): Record<string, unknown> {
  if (error) throw error;
  return data ?? {};
}

const TAKE_IDEMPOTENCY_KEY: ReadonlySet<MutationName> = new Set(WITH_IDEMPOTENCY_KEY);

function withIdempotencyKey(mutation: MutationName, input: { idempotencyKey?: unknown }): object {
  if (!TAKE_IDEMPOTENCY_KEY.has(mutation)) return input;
  return { ...input, idempotencyKey: input.idempotencyKey ?? crypto.randomUUID() };
}
