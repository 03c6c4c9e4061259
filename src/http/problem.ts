import type { FastifyReply } from "fastify";
import { http } from "../shared/node-http.js";

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
    .send({ type: "about:blank", title: http.STATUS_CODES[status], status, detail, ...extensions });
}
