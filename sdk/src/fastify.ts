export { protectedResourceMetadata } from "./fastify/protected-resource-metadata.js";
export {
  type HookReply,
  type HookRequest,
  requireAccessToken,
  requireSession,
  type TokenHook,
} from "./fastify/require-token.js";
export type { AccessTokenRequirement, TokenRequirement } from "./http/requirement.js";
export type { ProtectedResource } from "./http/resource-metadata.js";
