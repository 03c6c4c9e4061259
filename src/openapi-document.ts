import { explorerDescription } from "./graphql/explorer.openapi.js";
import { graphqlDescription } from "./graphql/graphql.openapi.js";
import { healthDescription } from "./health.openapi.js";
import {
  EVERY_ROUTE,
  headerRef,
  ISSUER_SERVERS,
  METHODS,
  type OpenApiDocument,
  type Operation,
  type PathItem,
  type Reference,
  type Response,
  type RouteGroup,
  TAGS,
} from "./http/openapi.js";
import { problemDescription } from "./http/problem.openapi.js";
import { publicDocumentDescription } from "./http/public-documents.openapi.js";
import { authorizationDescription } from "./oauth/authorization.openapi.js";
import { introspectionDescription } from "./oauth/introspection.openapi.js";
import { metadataDescription } from "./oauth/metadata.openapi.js";
import { oauthErrorDescription } from "./oauth/oauth-error.openapi.js";
import { registrationDescription } from "./oauth/registration.openapi.js";
import { stytchDescription } from "./oauth/stytch-compat.openapi.js";
import { tokenDescription } from "./oauth/token.openapi.js";
import { verifyDescription } from "./oauth/verify.openapi.js";
import { VERSION } from "./shared/version.js";

const GROUPS: readonly RouteGroup[] = [
  tokenDescription,
  authorizationDescription,
  stytchDescription,
  verifyDescription,
  introspectionDescription,
  metadataDescription,
  registrationDescription,
  graphqlDescription,
  explorerDescription,
  healthDescription,
  oauthErrorDescription,
  problemDescription,
  publicDocumentDescription,
];

const SECURITY_SCHEMES = {
  managementKey: {
    type: "http",
    scheme: "basic",
    description: "A management key: project id and secret.",
  },
  clientSecretBasic: {
    type: "http",
    scheme: "basic",
    description:
      "A client: id and secret (`client_secret_basic`). The other methods, `client_secret_post` and `private_key_jwt`, are fields of the form.",
  },
  accessToken: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "An access token of this server (RFC 6750).",
  },
  dpop: {
    type: "http",
    scheme: "DPoP",
    description: "An access token that is bound to a key, with its proof in `DPoP` (RFC 9449).",
  },
  registrationAccessToken: {
    type: "http",
    scheme: "bearer",
    description: "The token that a client got at its registration (RFC 7592).",
  },
} as const;

/** The OpenAPI description of all routes, without the language of `/graphql`. */
export function openApiDocument(): OpenApiDocument {
  const merged = <Key extends keyof RouteGroup>(key: Key) =>
    Object.assign({}, ...GROUPS.map((group) => group[key])) as Required<RouteGroup>[Key];
  return {
    openapi: "3.1.1",
    info: {
      title: "Countersign",
      version: VERSION,
      summary: "Self-hosted machine-to-machine authentication",
      description: `The HTTP routes of the server.\n\n${EVERY_ROUTE}`,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: ISSUER_SERVERS,
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: mapValues(merged("paths"), withRequestIds),
    components: {
      securitySchemes: SECURITY_SCHEMES,
      schemas: merged("schemas"),
      headers: { ...merged("headers"), RequestId: REQUEST_ID },
      responses: mapValues(merged("responses"), withRequestId),
    },
  };
}

const REQUEST_ID = {
  description: "Id of the request in the log.",
  required: true,
  schema: { type: "string", format: "uuid" },
} as const;

function withRequestIds(item: PathItem): PathItem {
  const operations = METHODS.flatMap((method) => {
    const operation = item[method];
    return operation ? [[method, describeAnswers(operation)] as const] : [];
  });
  return { ...item, ...Object.fromEntries(operations) };
}

const describeAnswers = (operation: Operation): Operation => ({
  ...operation,
  responses: mapValues(operation.responses, withRequestId),
});

function withRequestId<Answer extends Response | Reference>(answer: Answer): Answer {
  if ("$ref" in answer) return answer;
  return { ...answer, headers: { ...answer.headers, "X-Request-Id": headerRef("RequestId") } };
}

function mapValues<Value, Result>(
  values: Readonly<Record<string, Value>>,
  map: (value: Value) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}
