import "reflect-metadata";
import {
  type GraphQLFieldConfigMap,
  type GraphQLSchema,
  lexicographicSortSchema,
  printSchema,
} from "graphql";
import { GraphQLDateTime } from "graphql-scalars";
import { buildSchemaSync, getMetadataStorage, type NonEmptyArray } from "type-graphql";
import { ApiResolver } from "./apis/api.resolver.js";
import { AuditEventResolver } from "./audit/audit-event.resolver.js";
import {
  ClientGrantResolver,
  ClientGrantsFieldResolver,
} from "./client-grants/client-grant.resolver.js";
import { ClientResolver } from "./clients/client.resolver.js";
import { SecretRotationResolver } from "./clients/secret-rotation.resolver.js";
import { authChecker } from "./graphql/auth-checker.js";
import { MemberResolver } from "./organizations/member.resolver.js";
import { OrganizationResolver } from "./organizations/organization.resolver.js";
import { ManagementKeyResolver } from "./projects/management-key.resolver.js";
import { ProjectResolver } from "./projects/project.resolver.js";
import type { Services } from "./services.js";
import { SessionClaimsPreviewResolver } from "./sessions/claims-preview.resolver.js";
import { SessionResolver } from "./sessions/session.resolver.js";
import { OWN_CREDENTIALS, type Requirement } from "./shared/permissions.js";
import { SigningKeyResolver } from "./signing-keys/signing-key.resolver.js";
import { ClaimsPreviewResolver } from "./tokens/claims-preview.resolver.js";
import { TokenResolver } from "./tokens/token.resolver.js";
import { AttestationResolver } from "./trusted-auth/attestation.resolver.js";
import { ProfileResolver } from "./trusted-auth/profile.resolver.js";
import { ProfileTestResolver } from "./trusted-auth/profile-test.resolver.js";

type ResolverClass = new (...services: never[]) => object;

/** Each resolver with what it is made of. */
const resolvers: ReadonlyMap<ResolverClass, (services: Services) => object> = new Map<
  ResolverClass,
  (services: Services) => object
>([
  [AttestationResolver, (s) => new AttestationResolver(s.trustedAuth.attestation)],
  [ApiResolver, (s) => new ApiResolver(s.apis)],
  [AuditEventResolver, (s) => new AuditEventResolver(s.auditEvents)],
  [ClaimsPreviewResolver, (s) => new ClaimsPreviewResolver(s.claimsPreview)],
  [ClientGrantResolver, (s) => new ClientGrantResolver(s.clientGrants, s.apiStore)],
  [ClientGrantsFieldResolver, (s) => new ClientGrantsFieldResolver(s.clientGrantStore)],
  [ClientResolver, (s) => new ClientResolver(s.clients, s.clientList, s.clientImport)],
  [ManagementKeyResolver, (s) => new ManagementKeyResolver(s.managementKeys)],
  [MemberResolver, (s) => new MemberResolver(s.members, s.memberList)],
  [OrganizationResolver, (s) => new OrganizationResolver(s.organizations, s.organizationList)],
  [ProfileResolver, ({ trustedAuth: t }) => new ProfileResolver(t.profiles, t.profileKeys)],
  [ProfileTestResolver, (s) => new ProfileTestResolver(s.trustedAuth.profileTester)],
  [ProjectResolver, (s) => new ProjectResolver(s.projects, s.projectStore)],
  [SecretRotationResolver, (s) => new SecretRotationResolver(s.secretRotation)],
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
  [SessionClaimsPreviewResolver, (s) => new SessionClaimsPreviewResolver(s.sessionClaimsPreview)],
  [SigningKeyResolver, (s) => new SigningKeyResolver(s.keyRotation, s.publishedKeys)],
  [TokenResolver, (s) => new TokenResolver(s.tokens)],
]);

/** @param services absent where the schema is only printed */
export function buildSchema(services?: Services): GraphQLSchema {
  const instances = new Map<unknown, object>();
  if (services) for (const [type, make] of resolvers) instances.set(type, make(services));
  const schema = buildSchemaSync({
    resolvers: [...resolvers.keys()] as unknown as NonEmptyArray<ResolverClass>,
    container: { get: (type) => instances.get(type) },
    authChecker,
    // Services check their input themselves, for every transport.
    validate: false,
    // Apollo Server validates the schema, without running a whole introspection.
    skipCheck: true,
    scalarsMap: [{ type: Date, scalar: GraphQLDateTime }],
  });
  return describePermissions(schema);
}

export function printSortedSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

/** The permission of each root field, as its resolver states it. */
export function permissionsByRootField(): Map<string, readonly Requirement[]> {
  const { queries, mutations } = getMetadataStorage();
  return new Map(
    [...queries, ...mutations].map(({ schemaName, roles = [] }) => [schemaName, roles]),
  );
}

/** Says in each root field's description which permission it needs; none goes without. */
function describePermissions(schema: GraphQLSchema): GraphQLSchema {
  const requirements = permissionsByRootField();
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    const fields = (type?.getFields() ?? {}) as unknown as GraphQLFieldConfigMap<unknown, unknown>;
    for (const [name, field] of Object.entries(fields)) {
      const [needed, ...others] = requirements.get(name) ?? [];
      if (!needed || others.length > 0) throw new Error(`${name} must name one permission`);
      const sentence =
        needed === OWN_CREDENTIALS
          ? "No permission: it has its own credentials."
          : `Permission: \`${needed}\`.`;
      field.description = `${field.description} ${sentence}`;
    }
  }
  return schema;
}
