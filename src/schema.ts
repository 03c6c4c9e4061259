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
import { ClientSecretResolver } from "./clients/client-secret.resolver.js";
import { authChecker } from "./graphql/auth-checker.js";
import { ErrorCodeResolver } from "./graphql/error-code.resolver.js";
import { ERROR_CODES_EXTENSION } from "./graphql-types/throws.js";
import { MemberResolver } from "./organizations/member.resolver.js";
import { OrganizationResolver } from "./organizations/organization.resolver.js";
import { ManagementKeyResolver } from "./projects/management-key.resolver.js";
import { ProjectResolver } from "./projects/project.resolver.js";
import type { Services } from "./services.js";
import { SessionResolver } from "./sessions/session.resolver.js";
import { SessionClaimsPreviewResolver } from "./sessions/session-claims-preview.resolver.js";
import { OWN_CREDENTIALS, PUBLIC, type Requirement } from "./shared/permissions.js";
import { SigningKeyResolver } from "./signing-keys/signing-key.resolver.js";
import { TokenResolver } from "./tokens/token.resolver.js";
import { TokenClaimsPreviewResolver } from "./tokens/token-claims-preview.resolver.js";
import { AttestationResolver } from "./trusted-auth/attestation.resolver.js";
import { ProfileResolver } from "./trusted-auth/profile.resolver.js";
import { ProfileTestResolver } from "./trusted-auth/profile-test.resolver.js";

type ResolverClass = new (...services: never[]) => object;

/** All resolvers, each with the function that creates it. */
const resolvers: ReadonlyMap<ResolverClass, (services: Services) => object> = new Map<
  ResolverClass,
  (services: Services) => object
>([
  [AttestationResolver, (s) => new AttestationResolver(s.trustedAuth.attestation)],
  [ApiResolver, (s) => new ApiResolver(s.apis)],
  [AuditEventResolver, (s) => new AuditEventResolver(s.auditEvents)],
  [TokenClaimsPreviewResolver, (s) => new TokenClaimsPreviewResolver(s.claimsPreview)],
  [ClientGrantResolver, (s) => new ClientGrantResolver(s.clientGrants, s.apiStore)],
  [ClientGrantsFieldResolver, (s) => new ClientGrantsFieldResolver(s.clientGrantStore)],
  [ClientResolver, (s) => new ClientResolver(s.clients, s.clientSearch, s.clientImport)],
  [ErrorCodeResolver, () => new ErrorCodeResolver()],
  [ManagementKeyResolver, (s) => new ManagementKeyResolver(s.managementKeys)],
  [MemberResolver, (s) => new MemberResolver(s.members, s.memberList)],
  [OrganizationResolver, (s) => new OrganizationResolver(s.organizations, s.organizationList)],
  [ProfileResolver, ({ trustedAuth: t }) => new ProfileResolver(t.profiles, t.profileKeys)],
  [ProfileTestResolver, (s) => new ProfileTestResolver(s.trustedAuth.profileTester)],
  [ProjectResolver, (s) => new ProjectResolver(s.projects, s.projectStore)],
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
  [SessionClaimsPreviewResolver, (s) => new SessionClaimsPreviewResolver(s.sessionClaimsPreview)],
  [SigningKeyResolver, (s) => new SigningKeyResolver(s.keyRotation, s.publishedKeys)],
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
  return describeOperations(schema);
}

export function printSortedSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

/** The permissions of each root field, from `@Authorized` on its resolver method. */
export function permissionsByRootField(): Map<string, readonly Requirement[]> {
  const { queries, mutations } = getMetadataStorage();
  return new Map(
    [...queries, ...mutations].map(({ schemaName, roles = [] }) => [schemaName, roles]),
  );
}

const REQUIREMENT_SENTENCES: ReadonlyMap<Requirement, string> = new Map([
  [OWN_CREDENTIALS, "No permission: it has its own credentials."],
  [PUBLIC, "No permission: it is public."],
]);

/**
 * Adds the required permission and the error codes to the description of each root field.
 * @throws Error for a root field that does not name exactly one permission
 */
function describeOperations(schema: GraphQLSchema): GraphQLSchema {
  const requirements = permissionsByRootField();
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    const fields = (type?.getFields() ?? {}) as unknown as GraphQLFieldConfigMap<unknown, unknown>;
    for (const [name, field] of Object.entries(fields)) {
      const [requirement, ...others] = requirements.get(name) ?? [];
      if (!requirement || others.length > 0) throw new Error(`${name} must name one permission`);
      const permission =
        REQUIREMENT_SENTENCES.get(requirement) ?? `Permission: \`${requirement}\`.`;
      const codes = (field.extensions?.[ERROR_CODES_EXTENSION] ?? []) as string[];
      const errors = codes.length > 0 ? ` Errors: ${codes.join(", ")}.` : "";
      field.description = `${field.description} ${permission}${errors}`;
    }
  }
  return schema;
}
