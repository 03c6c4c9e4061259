export type { RequestOptions } from "./management/caller.js";
export {
  type ArgumentPath,
  CountersignError,
  type CountersignErrorCode,
  type CountersignErrorDetails,
  type ErrorExtensions,
  type TrustedAuthTokenReason,
} from "./management/countersign-error.js";
export type {
  AccessTokenSource,
  BearerCredentials,
  ManagementCredentials,
  ManagementKeyCredentials,
} from "./management/credentials.js";
export type * from "./management/generated/types.js";
export type {
  ApiFieldsFragment as Api,
  AuditEventFieldsFragment as AuditEvent,
  ClientFieldsFragment as Client,
  ClientGrantFieldsFragment as ClientGrant,
  ClientSecretFieldsFragment as ClientSecret,
  ManagementKeyFieldsFragment as ManagementKey,
  MemberFieldsFragment as Member,
  OrganizationFieldsFragment as Organization,
  ProfileFieldsFragment as Profile,
  ProjectFieldsFragment as Project,
  PublishedKeyFieldsFragment as PublishedKey,
  SessionFieldsFragment as Session,
  SigningKeyFieldsFragment as SigningKey,
} from "./management/generated/types.js";
export {
  createManagementClient,
  type ManagementClient,
  type ManagementClientOptions,
} from "./management/management-client.js";
export type { CallOptions, OperationMethods } from "./management/methods.js";
export type { ListName, ListVariables, PagesOptions } from "./management/pages.js";
export type { RotateOptions } from "./management/rotate.js";
export { RotationFailed, type RotationState } from "./management/rotation-failed.js";
export { SecretNotRepeated, type SecretOperation } from "./management/secret-not-repeated.js";
export { ServerUnreachable, type UnreachableCode } from "./management/server-unreachable.js";
export type { TypedDocument } from "./management/typed-document.js";
export type { SecretSource } from "./shared/secret-source.js";
