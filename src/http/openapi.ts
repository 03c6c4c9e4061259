/** The parts of OpenAPI 3.1 by which the server describes its routes, each beside its endpoint (ADR 0039). */

/** JSON Schema 2020-12. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Reference {
  $ref: string;
}

export interface Header {
  description: string;
  /** Every answer with this status has it. */
  required?: boolean;
  schema: Schema;
}

export interface MediaType {
  schema: Schema;
  example?: unknown;
  examples?: Readonly<Record<string, { summary: string; value: unknown }>>;
}

export interface Response {
  description: string;
  headers?: Readonly<Record<string, Header | Reference>>;
  content?: Readonly<Record<string, MediaType>>;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  description: string;
  required?: boolean;
  schema: Schema;
  example?: unknown;
}

export interface Operation {
  operationId: string;
  tags: readonly [TagName];
  summary: string;
  description: string;
  security?: readonly Readonly<Record<string, readonly string[]>>[];
  parameters?: readonly Parameter[];
  requestBody?: { required: boolean; content: Readonly<Record<string, MediaType>> };
  responses: Readonly<Record<string, Response | Reference>>;
  /** A shell command of docs/reference/routes.md. */
  "x-codeSamples"?: readonly [{ lang: "Shell"; source: string }];
}

export const METHODS = ["get", "post", "put", "delete"] as const;
export type Method = (typeof METHODS)[number];

/** `servers` is there if the path is not below an issuer. */
export type PathItem = Partial<Record<Method, Operation>> & { servers?: readonly Server[] };

export interface Server {
  url: string;
  description: string;
  variables: Readonly<Record<string, { default: string; description: string }>>;
}

/** What one file describes. */
export interface RouteGroup {
  paths: Readonly<Record<string, PathItem>>;
  schemas?: Readonly<Record<string, Schema>>;
  headers?: Readonly<Record<string, Header>>;
  responses?: Readonly<Record<string, Response>>;
}

export interface OpenApiDocument {
  openapi: string;
  info: Readonly<Record<string, unknown>> & { version: string };
  servers: readonly Server[];
  tags: readonly { name: string; description: string }[];
  paths: Readonly<Record<string, PathItem>>;
  components: {
    securitySchemes: Readonly<Record<string, object>>;
    schemas: Readonly<Record<string, Schema>>;
    headers: Readonly<Record<string, Header>>;
    responses: Readonly<Record<string, Response>>;
  };
}

/** What holds for every route, and has no place in OpenAPI. */
export const EVERY_ROUTE = `- \`GET\` includes \`HEAD\`.
- \`OPTIONS\` is 204 with \`Allow\`, but for \`/oauth/verify\`, where gateways would take it for a yes.
- Other methods are 405 with \`Allow\`, other paths 404 with \`application/problem+json\`, URLs that cannot be decoded 400, and bodies that are too long 413.
- A connection on which too many requests wait ends with a 503, \`application/problem+json\`.
- Every answer has \`X-Request-Id\`, which the log names, and \`X-Content-Type-Options: nosniff\`.`;

/** A tag is a task of the reader. */
export const TAGS = {
  "Get a token": "A client proves who it is and gets an access token for an API.",
  "Check a token": "An API or a gateway asks about a token; a client gives one up.",
  "Find keys and metadata": "Public documents by which libraries configure themselves.",
  "Register clients": "Programs that register clients, and clients that manage themselves.",
  "Manage with GraphQL": "Everything that operators and customers do, and the schema of it.",
  "Run the server": "For load balancers and orchestrators.",
} as const;
export type TagName = keyof typeof TAGS;

const PUBLIC_URL = {
  default: "http://localhost:4000",
  description: "`PUBLIC_URL` of the server.",
} as const;

/** Where paths are served that no issuer has. */
export const PUBLIC_SERVERS: readonly Server[] = [
  { url: "{publicUrl}", description: "The server.", variables: { publicUrl: PUBLIC_URL } },
];

/** The places of an issuer; `ISSUER_PATHS` are the same as paths. */
export const ISSUER_SERVERS: readonly Server[] = [
  {
    url: "{publicUrl}/projects/{projectId}",
    description: "A project's issuer.",
    variables: {
      publicUrl: PUBLIC_URL,
      projectId: {
        default: "project-test-11111111-1111-4111-8111-111111111111",
        description: "Id of the project.",
      },
    },
  },
  { url: "{publicUrl}", description: "The first project.", variables: { publicUrl: PUBLIC_URL } },
  {
    url: "{issuer}",
    description: "A project's own issuer: a host, with a path of up to three segments.",
    variables: {
      issuer: { default: "https://auth.example.com", description: "`issuer` of the project." },
    },
  },
];

/** The paths of an issuer: of the first project, of a project by its id, and of an issuer of its own. */
export const ISSUER_PATHS = ["", "/projects/{projectId}", "/{issuer0}"] as const;

export const schemaRef = (name: string): Reference & Schema => ({
  $ref: `#/components/schemas/${name}`,
});
export const headerRef = (name: string): Reference => ({ $ref: `#/components/headers/${name}` });
export const responseRef = (name: string): Reference => ({
  $ref: `#/components/responses/${name}`,
});

export const shell = (source: string): [{ lang: "Shell"; source: string }] => [
  { lang: "Shell", source },
];

/** A schema of an object with these members and, unless it says otherwise, no others today. */
export function object(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[],
  others: Schema = {},
): Schema {
  return { type: "object", required, properties, ...others };
}

export const text = (description: string, others: Schema = {}): Schema => ({
  type: "string",
  description,
  ...others,
});
export const texts = (description: string): Schema => ({
  type: "array",
  description,
  items: { type: "string" },
});
