import { MethodNotAllowed } from "./allowed-methods.js";

export const MAX_BODY_BYTES = 512 * 1024;

const MESSAGES: ReadonlyMap<number, string> = new Map([
  [400, "The request is malformed"],
  [404, "Not found"],
  [412, "The request is about another version of the file"],
  [413, `The body must have at most ${MAX_BODY_BYTES} bytes`],
  [415, "The body must be application/json"],
]);

/** A request that HTTP forbids. Its message is public and contains no value. */
export class MalformedRequest extends Error {
  override readonly name = "MalformedRequest";
  readonly statusCode = 400;
}

export type RequestError = Error & { statusCode?: number };

/** Status and sentence of an error of Fastify, whose own message may repeat parts of the request. */
export function describeRequestError(error: RequestError): { status: number; message: string } {
  const { statusCode: status = 500 } = error;
  const message = isRefusedRequest(error) ? error.message : MESSAGES.get(status);
  return message ? { status, message } : { status: 500, message: "Internal server error" };
}

/** Whether HTTP itself, and not the body, is why the request is refused. */
export function isRefusedRequest(error: unknown): error is MethodNotAllowed | MalformedRequest {
  return error instanceof MethodNotAllowed || error instanceof MalformedRequest;
}

export const NOT_FOUND = describeRequestError(Object.assign(new Error(), { statusCode: 404 }));
