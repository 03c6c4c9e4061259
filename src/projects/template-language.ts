import type { JsonObject } from "../shared/trusted-metadata.js";
import {
  ACCESS_TOKEN_RESERVED_CLAIMS,
  type ReservedClaims,
  SESSION_RESERVED_CLAIMS,
} from "./reserved-claims.js";

interface Variable {
  description: string;
  /** Whether a placeholder can name a path below it too. */
  isObject: boolean;
}

/** What the templates of one kind of token can name, and which claims they must not set. */
export interface TemplateLanguage<Values extends object> {
  readonly name: string;
  readonly variables: {
    readonly [Root in keyof Values]: { readonly [Part in keyof Values[Root]]: Variable };
  };
  readonly reservedClaims: ReservedClaims;
}

const value = (description: string): Variable => ({ description, isObject: false });
const object = (description: string): Variable => ({ description, isObject: true });

/** Values of the template of access tokens. */
export interface M2mTemplateValues {
  client: { client_id: string; name: string | null; trusted_metadata: JsonObject };
  project: { project_id: string };
}

const project = { project_id: value("Id of the project.") };

export const M2M_TEMPLATE: TemplateLanguage<M2mTemplateValues> = {
  name: "M2M",
  variables: {
    client: {
      client_id: value("Id of the client."),
      name: value("Display name of the client."),
      trusted_metadata: object("Trusted metadata of the client, or a path below it."),
    },
    project,
  },
  reservedClaims: ACCESS_TOKEN_RESERVED_CLAIMS,
};

/** Values of the template of session JWTs. */
export interface SessionTemplateValues {
  member: {
    member_id: string;
    email_address: string | null;
    name: string | null;
    external_id: string | null;
    roles: readonly string[];
    trusted_metadata: JsonObject;
  };
  organization: {
    organization_id: string;
    name: string;
    slug: string;
    external_id: string | null;
    trusted_metadata: JsonObject;
  };
  project: { project_id: string };
}

export const SESSION_TEMPLATE: TemplateLanguage<SessionTemplateValues> = {
  name: "SESSION",
  variables: {
    member: {
      member_id: value("Id of the member."),
      email_address: value("Email address of the member."),
      name: value("Name of the member."),
      external_id: value("Id of the member in your system."),
      roles: value("List of the member's roles."),
      trusted_metadata: object("Trusted metadata of the member, or a path below it."),
    },
    organization: {
      organization_id: value("Id of the organization."),
      name: value("Display name of the organization."),
      slug: value("Slug of the organization."),
      external_id: value("Id of the organization in your system."),
      trusted_metadata: object("Trusted metadata of the organization, or a path below it."),
    },
    project,
  },
  reservedClaims: SESSION_RESERVED_CLAIMS,
};

/** A name that placeholders can have, such as `client.name`. */
export interface TemplatePlaceholder extends Variable {
  name: string;
}

export function placeholdersOf<Values extends object>({
  variables,
}: TemplateLanguage<Values>): TemplatePlaceholder[] {
  return Object.entries<Record<string, Variable>>(variables).flatMap(([root, parts]) =>
    Object.entries(parts).map(([part, variable]) => ({ name: `${root}.${part}`, ...variable })),
  );
}

/** All names that placeholders can have, by the kind of the template. */
export const TEMPLATE_PLACEHOLDERS = {
  M2M: placeholdersOf(M2M_TEMPLATE),
  SESSION: placeholdersOf(SESSION_TEMPLATE),
} as const;
