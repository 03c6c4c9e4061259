import { MethodNotAllowed } from "./allowed-methods.js";

export const MAX_BODY_BYTES = 512 * 1024;

const MESSAGES: ReadonlyMap<number, string> = new Map([
  [400, "The request is malformed"],
  [404, "Not found"],
  [413, `The body must have at most ${MAX_BODY_BYTES} bytes`],
  [415, "The body must be application/json"],
]);

export type RequestError = Error & { statusCode?: number };

/** Status and sentence of an error of Fastify, whose own message may repeat parts of the request. */
export function describeRequestError(error: RequestError): { status: number; message: string } {
  const { statusCode: status = 500 } = error;
  const message = error instanceof MethodNotAllowed ? error.message : MESSAGES.get(status);
  return message ? { status, message } : { status: 500, message: "Internal server error" };
}

export const NOT_FOUND = describeRequestError(Object.assign(new Error(), { statusCode: 404 }));
