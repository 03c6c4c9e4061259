import createClient from "openapi-fetch";
import type { components, paths } from "./generated.js";

/** A client whose types are generated from the description: gets a token, and asks about it. */
declare const process: { env: Record<string, string | undefined> };
const { ISSUER = "", COUNTERSIGN_URL = "", CLIENT_ID = "", CLIENT_SECRET = "" } = process.env;
const issuer = createClient<paths>({ baseUrl: ISSUER });
const server = createClient<paths>({ baseUrl: COUNTERSIGN_URL });

const asForm = {
  headers: { "content-type": "application/x-www-form-urlencoded" },
  bodySerializer: (body: object) => new URLSearchParams(Object.entries(body)),
};
const credentials = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET };

const { data: token } = await issuer.POST("/oauth/token", {
  body: { grant_type: "client_credentials", ...credentials },
  ...asForm,
});
const { data: introspection } = await issuer.POST("/oauth/introspect", {
  body: { token: token?.access_token ?? "", ...credentials },
  ...asForm,
});
const { error } = await issuer.POST("/oauth/token", {
  body: { grant_type: "client_credentials", ...credentials, client_secret: "wrong" },
  ...asForm,
});
const refusal: components["schemas"]["OAuthError"] | undefined = error;
const { data: health } = await server.GET("/healthz");
// @ts-expect-error there is no such grant
await issuer.POST("/oauth/token", { body: { grant_type: "password" }, ...asForm });

console.log(
  JSON.stringify({
    type: token?.token_type,
    // A text if the request prefers a signed answer.
    active: typeof introspection === "object" && introspection.active,
    error: refusal?.error,
    status: health?.status,
  }),
);
