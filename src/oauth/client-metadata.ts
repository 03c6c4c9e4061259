import { z } from "zod";
import {
  type Client,
  GRANT_TYPES,
  type TokenEndpointAuthMethod,
} from "../clients/client.entity.js";
import type { NewClient } from "../clients/client-writer.js";
import { epochSeconds } from "../shared/clock.js";
import { badUserInput } from "../shared/errors.js";
import { validate } from "../shared/validation.js";

const METHODS: Readonly<Record<string, TokenEndpointAuthMethod>> = {
  client_secret_basic: "CLIENT_SECRET_BASIC",
  client_secret_post: "CLIENT_SECRET_POST",
  private_key_jwt: "PRIVATE_KEY_JWT",
};

/** RFC 7591 section 2, as far as a client without users needs it. What else is sent is ignored. */
const metadataRules = z.object({
  client_id: z.string().optional(),
  client_name: z.string().optional(),
  grant_types: z.array(z.string()).optional(),
  response_types: z.array(z.string()).optional(),
  token_endpoint_auth_method: z.string().optional(),
  scope: z.string().optional(),
  jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())).max(5) }).optional(),
  jwks_uri: z.string().optional(),
  dpop_bound_access_tokens: z.boolean().optional(),
});

/**
 * @param clientId of the client that the metadata must be for, if there is one already
 * @throws BAD_USER_INPUT
 */
export function parseClientMetadata(body: unknown, clientId?: string): NewClient {
  if (body instanceof URLSearchParams) throw badUserInput([], "The body must be a JSON object");
  const metadata = validate(metadataRules, body, []);
  // RFC 7592 section 2.2
  if (clientId !== undefined && metadata.client_id !== clientId) {
    throw badUserInput(["client_id"], "client_id must be the one that was issued");
  }
  const { grant_types: grantTypes = ["client_credentials"] } = metadata;
  if (grantTypes.length !== 1 || grantTypes[0] !== "client_credentials") {
    throw badUserInput(["grant_types"], "grant_types must be client_credentials");
  }
  if ((metadata.response_types ?? []).length > 0) {
    throw badUserInput(["response_types"], "response_types must be empty");
  }
  const { token_endpoint_auth_method: name = "client_secret_basic" } = metadata;
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (!method) {
    throw badUserInput(
      ["token_endpoint_auth_method"],
      `token_endpoint_auth_method must be one of ${Object.keys(METHODS).join(", ")}`,
    );
  }
  return {
    name: metadata.client_name ?? null,
    scopes: (metadata.scope ?? "").split(" ").filter((scope) => scope !== ""),
    tokenEndpointAuthMethod: method,
    publicKeys: metadata.jwks?.keys.map((key) => JSON.stringify(key)) ?? null,
    jwksUrl: metadata.jwks_uri ?? null,
    dpopBoundAccessTokens: metadata.dpop_bound_access_tokens ?? false,
  };
}

/** RFC 7591 section 3.2.1. */
export function toClientMetadata(client: Client) {
  const method = Object.entries(METHODS).find(
    ([, ours]) => ours === client.tokenEndpointAuthMethod,
  );
  return {
    client_id: client.clientId,
    client_id_issued_at: epochSeconds(client.createdAt),
    ...(client.name !== null && { client_name: client.name }),
    grant_types: client.grantTypes.map((name) => GRANT_TYPES[name]),
    response_types: [],
    token_endpoint_auth_method: method?.[0] ?? "client_secret_basic",
    scope: client.scopes.join(" "),
    ...(client.publicKeys && { jwks: { keys: client.publicKeys.map((key) => key.jwk) } }),
    ...(client.jwksUrl && { jwks_uri: client.jwksUrl }),
    dpop_bound_access_tokens: client.dpopBoundAccessTokens,
  };
}
