export { protectedResourceMetadata } from "./hono/protected-resource-metadata.js";
export { requireAccessToken, requireSession } from "./hono/require-token.js";
export type { AccessTokenRequirement, TokenRequirement } from "./http/requirement.js";
export type { ProtectedResource } from "./http/resource-metadata.js";
