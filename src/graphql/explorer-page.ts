import type { FastifyReply } from "fastify";

/** Sends a page that no other page can frame. */
export function sendPage(
  reply: FastifyReply,
  html: string,
  contentSecurityPolicy: string,
): FastifyReply {
  return reply
    .headers({
      "content-security-policy": contentSecurityPolicy,
      "referrer-policy": "no-referrer",
      // For browsers that do not know frame-ancestors.
      "x-frame-options": "DENY",
    })
    .type("text/html; charset=utf-8")
    .send(html);
}
