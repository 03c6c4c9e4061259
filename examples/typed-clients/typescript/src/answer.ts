import { ERROR_CODES, isErrorCode } from "@countersign/sdk/schema";

/** Both, since a field that fails is null beside an error, and other fields are there. */
export interface Answer<Data> {
  data: Data | null;
  errors: readonly CountersignError[];
}

/** An error as GraphQL clients hand it out. */
export interface GraphqlError {
  message: string;
  extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** What a program needs to know of an error: its code, and whether and when to try again. */
export class CountersignError extends Error {
  readonly code: string;
  /** A code of a newer server is not. */
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;

  constructor({ message, extensions = {} }: GraphqlError) {
    super(message);
    const { code, retryAfterSeconds } = extensions;
    this.code = String(code);
    this.retryable = isErrorCode(this.code) && ERROR_CODES[this.code].retryable;
    this.retryAfterSeconds = typeof retryAfterSeconds === "number" ? retryAfterSeconds : undefined;
  }
}

/** @throws CountersignError if any field has failed */
export async function dataOf<Data>(answer: Promise<Answer<Data>>): Promise<Data> {
  const { data, errors } = await answer;
  const [error] = errors;
  if (error) throw error;
  if (!data) throw new Error("the answer has neither data nor errors");
  return data;
}

/**
 * A root field, each of which can be null beside an error.
 * @throws CountersignError if any field has failed
 */
export async function rootField<Data, Name extends keyof Data>(
  answer: Promise<Answer<Data>>,
  name: Name,
): Promise<NonNullable<Data[Name]>> {
  const field = (await dataOf(answer))[name];
  if (field === null || field === undefined) throw new Error(`${String(name)} is null`);
  return field;
}
