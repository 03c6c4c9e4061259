export type { FetchRequest, GraphQLRequest, NodeRequest } from "./graphql/graphql-request.js";
export { protectedResourceMetadata } from "./graphql/protected-resource-metadata.js";
export {
  type AccessTokenContext,
  type OptionalContext,
  requireAccessToken,
  requireSession,
  type SessionContext,
} from "./graphql/require-access-token.js";
export { requireScopes } from "./graphql/require-scopes.js";
export type { AccessTokenRequirement, TokenRequirement } from "./http/requirement.js";
export type { ProtectedResource } from "./http/resource-metadata.js";
