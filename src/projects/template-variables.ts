import type { JsonObject } from "../shared/trusted-metadata.js";

/** The variables that placeholders can name. Below an object, a placeholder can name any path. */
export type TemplateVariables<Values> = {
  readonly [Root in keyof Values]: { readonly [Part in keyof Values[Root]]: "value" | "object" };
};

/** Values of the template of access tokens. */
export interface M2mTemplateValues {
  client: { client_id: string; name: string | null; trusted_metadata: JsonObject };
  project: { project_id: string };
}

export const M2M_VARIABLES: TemplateVariables<M2mTemplateValues> = {
  client: { client_id: "value", name: "value", trusted_metadata: "object" },
  project: { project_id: "value" },
};

/** Values of the template of session JWTs. */
export interface SessionTemplateValues {
  member: {
    member_id: string;
    email_address: string;
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

export const SESSION_VARIABLES: TemplateVariables<SessionTemplateValues> = {
  member: {
    member_id: "value",
    email_address: "value",
    name: "value",
    external_id: "value",
    roles: "value",
    trusted_metadata: "object",
  },
  organization: {
    organization_id: "value",
    name: "value",
    slug: "value",
    external_id: "value",
    trusted_metadata: "object",
  },
  project: { project_id: "value" },
};
