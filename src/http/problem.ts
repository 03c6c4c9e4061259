import { STATUS_CODES } from "node:http";
import type { FastifyReply } from "fastify";

/** Sends an error of a path that has no error format of its own (RFC 9457). */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  detail: string,
  extensions: object = {},
): FastifyReply {
  return reply
    .code(status)
    .type("application/problem+json")
    .send({ type: "about:blank", title: STATUS_CODES[status], status, detail, ...extensions });
}
