import { type Header, headerRef, type RouteGroup, shell } from "../http/openapi.js";
import { NO_STORE_HEADERS, oauthError, oauthErrors } from "./oauth-error.openapi.js";

const identity = (description: string): Header => ({
  description,
  required: true,
  schema: { type: "string" },
});

const forwarded = (name: string, description: string) =>
  ({ name, in: "header", description, schema: { type: "string" } }) as const;

export const verifyDescription: RouteGroup = {
  paths: {
    "/oauth/verify": {
      get: {
        operationId: "verifyRequest",
        tags: ["Check a token"],
        summary: "Verification for gateways",
        description:
          "Tells nginx, Traefik, Caddy and other gateways who sent the request that they hold: see [gateways](../gateways.md). The credential comes in `Authorization`, as the gateway got it. A token that is bound to a key needs its proof, and the headers that tell of the original request count from trusted proxies alone.",
        security: [{ accessToken: [] }, { dpop: [] }, { clientSecretBasic: [] }],
        parameters: [
          {
            name: "audience",
            in: "query",
            required: true,
            description: "The audience that the token must be for.",
            schema: { type: "string" },
            example: "https://api.example.com",
          },
          {
            name: "scope",
            in: "query",
            description: "Scopes, separated by spaces, all of which the token must have.",
            schema: { type: "string" },
            example: "read:orders",
          },
          forwarded("DPoP", "The proof of the original request (RFC 9449)."),
          forwarded("X-Forwarded-Method", "Method of the original request."),
          forwarded("X-Forwarded-Proto", "`http` or `https`, of the original request."),
          forwarded("X-Forwarded-Host", "Host of the original request."),
          forwarded("X-Forwarded-Uri", "Path and query of the original request."),
        ],
        responses: {
          200: {
            description: "Let the request pass, with these headers in the place of its own.",
            headers: {
              ...NO_STORE_HEADERS,
              "X-Auth-Client-Id": identity("Id of the client."),
              "X-Auth-Subject": identity("`sub` of the token."),
              "X-Auth-Scope": identity("Scopes of the token; may be empty."),
            },
          },
          ...oauthErrors({
            429: ["temporarily_unavailable"],
          }),
          400: {
            ...oauthError(400, ["invalid_request", "invalid_scope", "invalid_target"]),
            description: "The gateway asks wrongly. No credential has been looked at.",
          },
          401: oauthError(401, ["invalid_token", "invalid_dpop_proof", "invalid_client"], {
            headers: { "WWW-Authenticate": headerRef("GatewayChallenge") },
          }),
          403: oauthError(403, ["insufficient_scope"], {
            headers: { "WWW-Authenticate": headerRef("GatewayChallenge") },
          }),
        },
        "x-codeSamples": shell(`curl --fail-with-body --include --get "$ISSUER/oauth/verify" \\
  --header "Authorization: Bearer $TOKEN" --data-urlencode audience="$AUDIENCE" --data scope=read:orders`),
      },
    },
  },
  headers: {
    GatewayChallenge: {
      description: "How to authenticate at the API (RFC 6750 section 3, RFC 9449 section 7.1).",
      required: true,
      schema: { type: "string", pattern: '^(?:Bearer|DPoP) realm="countersign"' },
    },
  },
};
