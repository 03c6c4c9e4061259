import "reflect-metadata";
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";
import { GraphQLDateTime } from "graphql-scalars";
import { buildSchemaSync, type NonEmptyArray } from "type-graphql";
import { ApiResolver } from "./apis/api.resolver.js";
import { ProtectedResourceFieldResolver } from "./apis/protected-resource.resolver.js";
import { AuditEventResolver } from "./audit/audit-event.resolver.js";
import {
  ClientGrantResolver,
  ClientGrantsFieldResolver,
} from "./client-grants/client-grant.resolver.js";
import { OwnClientLimitsResolver } from "./client-grants/own-client-limits.resolver.js";
import { ClientResolver } from "./clients/client.resolver.js";
import { ClientOwnerFieldResolver } from "./clients/client-owner.resolver.js";
import {
  ApiIntrospectionClientFieldResolver,
  ClientEventsFieldResolver,
  ProjectIntrospectionClientFieldResolver,
} from "./clients/client-relations.resolver.js";
import { ClientSecretResolver } from "./clients/client-secret.resolver.js";
import { authChecker } from "./graphql/auth-checker.js";
import { describeSchema } from "./graphql/describe-schema.js";
import { ErrorCodeResolver } from "./graphql/error-code.resolver.js";
import { guardFields } from "./graphql/field-permissions.js";
import { AuditEventTargetFieldResolver, NodeResolver } from "./graphql/node.resolver.js";
import { ServerResolver } from "./graphql/server.resolver.js";
import { MemberResolver } from "./organizations/member.resolver.js";
import { OrganizationResolver } from "./organizations/organization.resolver.js";
import { ManagementKeyResolver } from "./projects/management-key.resolver.js";
import { ProjectResolver } from "./projects/project.resolver.js";
import { ReadinessResolver } from "./readiness/readiness.resolver.js";
import type { Services } from "./services.js";
import { SessionResolver } from "./sessions/session.resolver.js";
import { SessionClaimsPreviewResolver } from "./sessions/session-claims-preview.resolver.js";
import { SessionOwnerFieldResolver } from "./sessions/session-relations.resolver.js";
import {
  SigningAlgorithmOfApiResolver,
  SigningAlgorithmOfProjectResolver,
} from "./signing-keys/algorithm-change.resolver.js";
import { SigningKeyResolver } from "./signing-keys/signing-key.resolver.js";
import { TokenResolver } from "./tokens/token.resolver.js";
import { TokenClaimsPreviewResolver } from "./tokens/token-claims-preview.resolver.js";
import { AttestationResolver } from "./trusted-auth/attestation.resolver.js";
import { ProfileResolver } from "./trusted-auth/profile.resolver.js";
import {
  FactorProfileFieldResolver,
  ProfileRelationsFieldResolver,
} from "./trusted-auth/profile-relations.resolver.js";
import { ProfileTestResolver } from "./trusted-auth/profile-test.resolver.js";
import { ClientUsageFieldResolver, GrantScopeUsesFieldResolver } from "./usage/usage.resolver.js";

type ResolverClass = new (...services: never[]) => object;

/** All resolvers, each with the function that creates it. */
const resolvers: ReadonlyMap<ResolverClass, (services: Services) => object> = new Map<
  ResolverClass,
  (services: Services) => object
>([
  [AttestationResolver, (s) => new AttestationResolver(s.trustedAuth.attestation)],
  [ApiResolver, (s) => new ApiResolver(s.apis)],
  [ApiIntrospectionClientFieldResolver, (s) => new ApiIntrospectionClientFieldResolver(s.clients)],
  [ProtectedResourceFieldResolver, (s) => new ProtectedResourceFieldResolver(s.protectedResources)],
  [
    ProjectIntrospectionClientFieldResolver,
    (s) => new ProjectIntrospectionClientFieldResolver(s.clients),
  ],
  [ClientUsageFieldResolver, (s) => new ClientUsageFieldResolver(s.usage)],
  [GrantScopeUsesFieldResolver, (s) => new GrantScopeUsesFieldResolver(s.usage, s.apis)],
  [AuditEventResolver, (s) => new AuditEventResolver(s.auditEvents)],
  [AuditEventTargetFieldResolver, (s) => new AuditEventTargetFieldResolver(s.nodes)],
  [TokenClaimsPreviewResolver, (s) => new TokenClaimsPreviewResolver(s.claimsPreview)],
  [ClientGrantResolver, (s) => new ClientGrantResolver(s.clientGrants, s.apis, s.clients)],
  [OwnClientLimitsResolver, (s) => new OwnClientLimitsResolver(s.ownClientLimits)],
  [ClientGrantsFieldResolver, (s) => new ClientGrantsFieldResolver(s.clientGrants)],
  [ClientEventsFieldResolver, (s) => new ClientEventsFieldResolver(s.auditEvents)],
  [ClientOwnerFieldResolver, (s) => new ClientOwnerFieldResolver(s.organizations, s.members)],
  [ClientResolver, (s) => new ClientResolver(s.clients, s.clientSearch, s.clientImport)],
  [ServerResolver, (s) => new ServerResolver(s.serverInformation)],
  [ErrorCodeResolver, () => new ErrorCodeResolver()],
  [FactorProfileFieldResolver, (s) => new FactorProfileFieldResolver(s.trustedAuth.profiles)],
  [ManagementKeyResolver, (s) => new ManagementKeyResolver(s.managementKeys)],
  [MemberResolver, (s) => new MemberResolver(s.members, s.memberList, s.organizations)],
  [NodeResolver, (s) => new NodeResolver(s.nodes)],
  [OrganizationResolver, (s) => new OrganizationResolver(s.organizations, s.organizationList)],
  [ProfileResolver, ({ trustedAuth: t }) => new ProfileResolver(t.profiles, t.profileKeys)],
  [
    ProfileRelationsFieldResolver,
    (s) => new ProfileRelationsFieldResolver(s.clients, s.organizations),
  ],
  [ProfileTestResolver, (s) => new ProfileTestResolver(s.trustedAuth.profileTester)],
  [
    ProjectResolver,
    (s) => new ProjectResolver(s.projects, s.projectAdministration, s.projectStore),
  ],
  [ReadinessResolver, (s) => new ReadinessResolver(s.readiness)],
  [ClientSecretResolver, (s) => new ClientSecretResolver(s.secretRotation, s.clientSecrets)],
  [
    SessionResolver,
    (s) =>
      new SessionResolver(
        s.sessionList,
        s.sessionAuthenticator,
        s.sessionExchange,
        s.sessionRevocation,
      ),
  ],
  [SessionOwnerFieldResolver, (s) => new SessionOwnerFieldResolver(s.members, s.organizations)],
  [SessionClaimsPreviewResolver, (s) => new SessionClaimsPreviewResolver(s.sessionClaimsPreview)],
  [SigningKeyResolver, (s) => new SigningKeyResolver(s.keyRotation, s.publishedKeys)],
  [
    SigningAlgorithmOfProjectResolver,
    (s) => new SigningAlgorithmOfProjectResolver(s.algorithmChange),
  ],
  [SigningAlgorithmOfApiResolver, (s) => new SigningAlgorithmOfApiResolver(s.algorithmChange)],
  [TokenResolver, (s) => new TokenResolver(s.tokens)],
]);

/** @param services absent if the schema is only printed */
export function buildSchema(services?: Services): GraphQLSchema {
  const instances = new Map<unknown, object>();
  if (services) for (const [type, create] of resolvers) instances.set(type, create(services));
  const schema = buildSchemaSync({
    resolvers: [...resolvers.keys()] as unknown as NonEmptyArray<ResolverClass>,
    container: { get: (type) => instances.get(type) },
    authChecker,
    // Services validate their input themselves, for every transport.
    validate: false,
    // Apollo Server validates the schema, without the introspection query that this check runs.
    skipCheck: true,
    scalarsMap: [{ type: Date, scalar: GraphQLDateTime }],
  });
  return describeSchema(guardFields(schema));
}

export function printSortedSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
