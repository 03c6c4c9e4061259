import { createHash } from "node:crypto";
import type { FastifyReply } from "fastify";
import type { MetadataContextLoader } from "../apis/metadata-context.js";
import { CountersignError } from "../shared/errors.js";
import { NO_STORE, sendOAuthError, sendProjectNotFound } from "./oauth-error.js";
import type { PublicEndpoint } from "./oauth-request.js";

const HTML = "text/html";

/**
 * The authorization endpoint (RFC 6749 section 3.1), which metadata must name for clients that refuse others. It has
 * no response type and no client with a registered `redirect_uri`: it never redirects, and reads no parameter.
 */
export function authorizationEndpoint({
  metadataContexts,
}: {
  metadataContexts: MetadataContextLoader;
}): PublicEndpoint {
  return async (projectRef, reply) => {
    const context = await metadataContexts.load(projectRef);
    if (!context) return sendProjectNotFound(reply);
    const sentences = explain(`${context.issuer.replace(/\/$/, "")}/oauth/token`);
    reply.header("vary", "Accept");
    const isBrowser = reply.request.type(["application/json", HTML]) === HTML;
    if (isBrowser) return sendPage(reply, sentences);
    const error = new CountersignError("UNSUPPORTED_RESPONSE_TYPE", sentences.join(" "));
    return sendOAuthError(reply, error);
  };
}

/** Of the characters that an `error_description` may have (RFC 6749 section 4.1.2.1). */
function explain(tokenEndpoint: string): readonly string[] {
  return [
    "Nobody signs in here: this server gives tokens to programs, not to people, and has no authorization codes.",
    `A program gets its token with a POST to ${tokenEndpoint} (grant_type=client_credentials), with its own client_id and its secret or key.`,
    "An agent, such as an MCP client, does the same: configure it for client credentials, with client_secret_basic or private_key_jwt.",
  ];
}

const STYLE =
  "body { font: 1rem/1.5 sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; overflow-wrap: anywhere }";

/** Content Security Policy Level 3: this page's own style and nothing else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

function sendPage(reply: FastifyReply, sentences: readonly string[]): FastifyReply {
  const paragraphs = sentences.map((sentence) => `<p>${escapeHtml(sentence)}</p>`);
  return reply
    .code(400)
    .headers({
      ...NO_STORE,
      "content-security-policy": CONTENT_SECURITY_POLICY,
      // The request's URL may have a state and a redirect_uri.
      "referrer-policy": "no-referrer",
      "x-frame-options": "DENY",
    })
    .type(`${HTML}; charset=utf-8`)
    .send(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nobody signs in here</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Nobody signs in here</h1>
${paragraphs.join("\n")}
<p><code>unsupported_response_type</code></p>
</body>
</html>
`);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
