import { createHash } from "node:crypto";
import type { FastifyReply } from "fastify";
import { EXPLORER_DOCUMENT } from "./explorer-document.js";
import { sendPage } from "./explorer-page.js";

const SCRIPT_ORIGIN = "https://embeddable-sandbox.cdn.apollographql.com";
const FRAME_ORIGIN = "https://sandbox.embed.apollographql.com";
const ICON_ORIGIN = "https://embeddable-explorer.cdn.apollographql.com";

const OPTIONS = {
  target: "#sandbox",
  runTelemetry: false,
  endpointIsEditable: false,
  hideCookieToggle: true,
  // The style below takes the place of the ones that Sandbox would add.
  allowDynamicStyles: false,
  initialState: {
    document: EXPLORER_DOCUMENT,
    variables: { input: { name: "My first client", scopes: ["read:users"] } },
    headers: { authorization: "Basic <base64 of project_id:secret>" },
    includeCookies: false,
    pollForSchemaUpdates: false,
  },
};

const STYLE = `
html, body, #sandbox, iframe { margin: 0; border: 0; width: 100%; height: 100%; }
#unavailable { font: 1rem/1.5 sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; }`;
const SCRIPT = `
if (window.EmbeddedSandbox) new window.EmbeddedSandbox({
  ...${JSON.stringify(OPTIONS).replaceAll("<", "\\u003c")},
  initialEndpoint: window.location.href,
});
else document.getElementById("unavailable").hidden = false;`;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Countersign</title>
<style>${STYLE}</style>
</head>
<body>
<noscript>Apollo Sandbox needs JavaScript.</noscript>
<p id="unavailable" hidden>Apollo Sandbox cannot be loaded from ${SCRIPT_ORIGIN}. Without the internet, send queries
with POST to this URL, from curl or a program of your own. The schema is at <a href="schema.graphql">schema.graphql</a>.</p>
<div id="sandbox"></div>
<script src="${SCRIPT_ORIGIN}/v2/embeddable-sandbox.umd.production.min.js"></script>
<script>${SCRIPT}</script>
</body>
</html>
`;

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Content Security Policy Level 3: this page's own text, Apollo's script and frame, and requests to this server. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(SCRIPT)} ${SCRIPT_ORIGIN}`,
  `style-src ${hashOf(STYLE)}`,
  `frame-src ${FRAME_ORIGIN}`,
  `img-src 'self' ${ICON_ORIGIN}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Sends the page that embeds Apollo Sandbox, which Apollo's servers deliver. */
export function sendSandbox(_request: unknown, reply: FastifyReply): FastifyReply {
  return sendPage(reply, PAGE, CONTENT_SECURITY_POLICY);
}
