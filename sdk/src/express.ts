export type { ExpressRequest, ExpressResponse, Middleware } from "./express/http-messages.js";
export { protectedResourceMetadata } from "./express/protected-resource-metadata.js";
export { requireAccessToken, requireSession } from "./express/require-token.js";
export type { AccessTokenRequirement, TokenRequirement } from "./http/requirement.js";
export type { ProtectedResource } from "./http/resource-metadata.js";
