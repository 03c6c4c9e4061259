import { type Operation, type RouteGroup } from "../http/openapi.js";
import { oauthError, oauthErrors } from "./oauth-error.openapi.js";

const refusal = oauthError(400, ["unsupported_response_type", "invalid_request"]);

const operation = (operationId: string): Operation => ({
  operationId,
  tags: ["Get a token"],
  summary: "Authorization endpoint, which says that nobody signs in here",
  description:
    "Metadata must name one for clients that refuse others. It never redirects, and answers every request alike: browsers with a page, programs with an error.",
  security: [],
  parameters: [
    {
      name: "Accept",
      in: "header",
      description: "`text/html` for the page.",
      schema: { type: "string" },
    },
  ],
  responses: {
    ...oauthErrors({}),
    400: {
      ...refusal,
      headers: {
        ...refusal.headers,
        Vary: { description: "The media type depends on `Accept`.", schema: { const: "Accept" } },
        "Content-Security-Policy": {
          description: "Of the page: nothing but its own style.",
          schema: { type: "string" },
        },
        "Referrer-Policy": {
          description: "Of the page, whose URL may have a state.",
          schema: { const: "no-referrer" },
        },
        "X-Frame-Options": { description: "Of the page.", schema: { const: "DENY" } },
      },
      content: {
        ...refusal.content,
        "text/html": { schema: { type: "string", description: "The same for people." } },
      },
    },
  },
});

export const authorizationDescription: RouteGroup = {
  paths: {
    "/oauth/authorize": {
      get: operation("authorize"),
      post: operation("authorizeByForm"),
    },
  },
};
