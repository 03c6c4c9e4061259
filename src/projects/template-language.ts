import type { ClientOwner } from "../shared/client-owner.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { REQUEST, type RequestParameters } from "./request-placeholder.js";
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

/** An object of which a placeholder names a part. */
interface VariableParts {
  parts: Readonly<Record<string, Variable>>;
}

/** Values of which a placeholder names one by a name of its own choice. */
export interface RequestValues {
  request: RequestParameters;
}

/** What the templates of one kind of token can name, and which claims they must not set. */
export interface TemplateLanguage<Values extends object> {
  readonly name: string;
  readonly variables: {
    readonly [Root in Exclude<keyof Values, keyof RequestValues>]: {
      readonly [Part in keyof Values[Root]]: Variable | VariableParts;
    };
  };
  readonly reservedClaims: ReservedClaims;
  /** Whether placeholders can name parameters of the token request. */
  readonly hasRequest: boolean;
}

const value = (description: string): Variable => ({ description, isObject: false });
const object = (description: string): Variable => ({ description, isObject: true });

/** Values of the template of access tokens. */
export interface M2mTemplateValues extends RequestValues {
  client: {
    client_id: string;
    name: string | null;
    owner: ClientOwner | null;
    trusted_metadata: JsonObject;
  };
  project: { project_id: string };
}

const project = { project_id: value("Id of the project.") };

export const M2M_TEMPLATE: TemplateLanguage<M2mTemplateValues> = {
  name: "M2M",
  variables: {
    client: {
      client_id: value("Id of the client."),
      name: value("Display name of the client."),
      owner: {
        parts: {
          id: value("Id of the organization or member that the client belongs to, or your own id."),
          type: value("Whose id `client.owner.id` is: `ORGANIZATION`, `MEMBER` or `EXTERNAL`."),
        },
      },
      trusted_metadata: object("Trusted metadata of the client, or a path below it."),
    },
    project,
  },
  reservedClaims: ACCESS_TOKEN_RESERVED_CLAIMS,
  hasRequest: true,
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
  hasRequest: false,
};

/** A name that placeholders can have, such as `client.name`. */
export interface TemplatePlaceholder extends Variable {
  name: string;
}

/** What the expression of a placeholder depends on besides its text. */
export interface PlaceholderContext {
  known: readonly TemplatePlaceholder[];
  hasRequest: boolean;
  /** Names of the claim and the members of it that contain the placeholder. */
  names: readonly string[];
  /** Collects the paths of all values that placeholders name. */
  paths: TemplatePath[];
}

/** A value that a placeholder names, such as `client`, `trusted_metadata`, `plan`. */
export type TemplatePath = readonly string[];

export function placeholdersOf<Values extends object>({
  variables,
}: TemplateLanguage<Values>): TemplatePlaceholder[] {
  return Object.entries<Record<string, Variable | VariableParts>>(variables).flatMap(
    ([root, parts]) => namesBelow(root, parts),
  );
}

function namesBelow(
  parent: string,
  parts: Readonly<Record<string, Variable | VariableParts>>,
): TemplatePlaceholder[] {
  return Object.entries(parts).flatMap(([part, variable]) => {
    const name = `${parent}.${part}`;
    return "parts" in variable ? namesBelow(name, variable.parts) : [{ name, ...variable }];
  });
}

const REQUEST_PLACEHOLDER: TemplatePlaceholder = {
  ...value(
    "Parameter of the token request with this or any other name: a text of up to 256 characters, the client's own word.",
  ),
  name: `${REQUEST}.name`,
};

/** All names that placeholders can have, by the kind of the template. */
export const TEMPLATE_PLACEHOLDERS = {
  M2M: [...placeholdersOf(M2M_TEMPLATE), REQUEST_PLACEHOLDER],
  SESSION: placeholdersOf(SESSION_TEMPLATE),
} as const;
