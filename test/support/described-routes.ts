import {
  type Header,
  ISSUER_PATHS,
  METHODS,
  type Method,
  type Operation,
  type Reference,
  type Response,
  type Schema,
} from "../../src/http/openapi.js";
import { openApiDocument } from "../../src/openapi-document.js";

/** docs/reference/openapi.json, and ways to look things up in it. */
export const DOCUMENT = openApiDocument();

export interface DescribedPath {
  path: string;
  /** Whether it is below an issuer. */
  isOfIssuer: boolean;
  operations: Partial<Record<Method, Operation>>;
}

export const DESCRIBED_PATHS: readonly DescribedPath[] = Object.entries(DOCUMENT.paths).map(
  ([path, item]) => ({
    path,
    isOfIssuer: item.servers === undefined,
    operations: Object.fromEntries(
      METHODS.flatMap((method) => (item[method] ? [[method, item[method]]] : [])),
    ),
  }),
);

const isMetadata = (path: string) =>
  /^\/\.well-known\/(?:openid-configuration|oauth-authorization-server)$/.test(path);

/** The paths of the server that a described one stands for; metadata have the issuer's path at the end as well. */
export function pathsOf({ path, isOfIssuer }: DescribedPath): string[] {
  if (!isOfIssuer) return [path];
  const atEnd = isMetadata(path) ? ISSUER_PATHS.slice(1).map((issuer) => path + issuer) : [];
  return [...ISSUER_PATHS.map((issuer) => issuer + path), ...atEnd];
}

const PATTERNS = DESCRIBED_PATHS.map((described) => {
  if (described.path === "/") return { described, pattern: /^\/?$/ };
  const template = described.path.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "[^/]+");
  const atEnd = isMetadata(described.path) ? "(?:/[^/]+){0,5}/?" : "";
  // The path of an issuer, and of the public URL before it.
  const prefix = described.isOfIssuer ? "(?:/[^/]+){0,5}" : "(?:/[^/]+){0,2}";
  return { described, pattern: new RegExp(`^${prefix}${template}${atEnd}$`) };
});

export function describedPathOf(url: string): DescribedPath | null {
  const [pathname = ""] = url.replace(/^https?:\/\/[^/]*/, "").split(/[?#]/);
  const path = pathname.replace(/\/{2,}/g, "/");
  return PATTERNS.find(({ pattern }) => pattern.test(path))?.described ?? null;
}

const isReference = (value: object): value is Reference => "$ref" in value;

function resolve<Value extends object>(value: Value | Reference): Value {
  if (!isReference(value)) return value;
  const names = value.$ref.replace("#/", "").split("/");
  return names.reduce<unknown>(
    (at, name) => (at as Record<string, unknown>)[name],
    DOCUMENT,
  ) as Value;
}

export interface DescribedAnswer {
  status: number;
  headers: Readonly<Record<string, Header>>;
  content: NonNullable<Response["content"]>;
}

export function answersOf(operation: Operation): DescribedAnswer[] {
  return Object.entries(operation.responses).map(([status, answer]) => {
    const { headers = {}, content = {} } = resolve<Response>(answer);
    const resolved = Object.entries(headers).map(([name, header]) => [
      name.toLowerCase(),
      resolve<Header>(header),
    ]);
    return { status: Number(status), headers: Object.fromEntries(resolved), content };
  });
}

/** Everything that the description says of requests and answers, as `Judgement.met` names it. */
export function everythingDescribed(): string[] {
  return DESCRIBED_PATHS.flatMap(({ operations }) => Object.values(operations)).flatMap(
    (operation) =>
      [...describedRequest(operation), ...answersOf(operation).flatMap(describedAnswer)].map(
        (part) => `${operation.operationId} ${part}`,
      ),
  );
}

function describedRequest({ parameters = [], requestBody }: Operation): string[] {
  const content = Object.entries(requestBody?.content ?? {});
  const fields = content.flatMap(([, { schema }]) =>
    Object.keys((resolve<Schema>(schema)["properties"] as object | undefined) ?? {}),
  );
  return [
    ...parameters.map(({ name }) => `parameter ${name}`),
    ...content.map(([type]) => `request ${type}`),
    ...[...new Set(fields)].map((name) => `field ${name}`),
  ];
}

function describedAnswer({ status, headers, content }: DescribedAnswer): string[] {
  const types = Object.keys(content);
  const errors = Object.values(content).flatMap(({ schema }) => {
    const properties = schema["properties"] as { error?: { enum?: string[] } } | undefined;
    return properties?.error?.enum ?? [];
  });
  return [
    ...(types.length > 0 ? types : [""]).map((type) => `${status} ${type}`.trim()),
    ...[...new Set(errors)].map((error) => `${status} ${error}`),
    ...Object.keys(headers).map((name) => `${status} ${name}`),
  ];
}
