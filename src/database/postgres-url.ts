import { readFileSync } from "node:fs";
// Node.js has `getCACertificates` since 22.15. Older versions could not even link an import by its name.
import tls, { type ConnectionOptions } from "node:tls";
import { readProblem } from "../shared/file-problems.js";

/** What pg needs to connect: a URL without parameters of TLS, and these. */
export interface PostgresConnection {
  connectionString: string;
  /** Absent: PGSSLMODE decides, and without it there is no TLS. */
  ssl?: false | ConnectionOptions;
  sslnegotiation?: "direct";
}

/** Parameters that pg knows. Those of other drivers, such as `pgbouncer=true` of Prisma, have no effect. */
const PARAMETERS = new Set([
  "user",
  "password",
  "host",
  "port",
  "application_name",
  "client_encoding",
  "options",
  "statement_timeout",
  "lock_timeout",
  "idle_in_transaction_session_timeout",
]);

/** Modes of libpq, and `no-verify` of pg. */
const SSL_MODES = [
  "disable",
  "allow",
  "prefer",
  "require",
  "verify-ca",
  "verify-full",
  "no-verify",
] as const;
type SslMode = (typeof SSL_MODES)[number];

/** Says what is wrong with the text of a URL, without any part of it; null: nothing. */
export function postgresUrlProblem(text: string): string | null {
  if (!/^postgres(?:ql)?:\/\//.test(text)) {
    return "Must be a URL that begins with postgres:// or postgresql://";
  }
  const url = parse(text);
  const [credentials = ""] = /^[^/?#]*/.exec(text.slice(text.indexOf("//") + 2)) ?? [];
  const isCutOff = text.includes("#") || (url !== null && /@/.test(url.pathname));
  const hasCutQuery = !credentials.includes("@") && /@/.test(url?.search ?? "");
  if (url === null || isCutOff || hasCutQuery || !isDecodable(split(text).address))
    return UNESCAPED;
  const mode = url.searchParams.get("sslmode");
  if (mode !== null && !(SSL_MODES as readonly string[]).includes(mode)) {
    return `sslmode must be one of ${SSL_MODES.join(", ")}`;
  }
  if (mode === "verify-ca" && !url.searchParams.has("sslrootcert")) {
    return "sslmode=verify-ca needs sslrootcert, the file of the authority's certificate";
  }
  return null;
}

const UNESCAPED =
  "Must be a URL such as postgres://user:password@host:5432/database, in which the characters " +
  "/ # ? @ % of the user, the password and the database are percent-encoded (%2F %23 %3F %40 %25)";

/**
 * Reads a URL as libpq does (https://www.postgresql.org/docs/current/libpq-ssl.html): `sslmode=require` encrypts
 * and verifies nothing unless `sslrootcert` is given. pg takes it for `verify-full`.
 * @throws Error with a message for the operator
 */
export function postgresConnection(text: string): PostgresConnection {
  const problem = postgresUrlProblem(text);
  if (problem !== null) throw new Error(`DATABASE_URL: ${problem}`);
  const { address, parameters: given } = split(text);
  const kept = new URLSearchParams([...given].filter(([name]) => PARAMETERS.has(name)));
  const ssl = tlsOptions(given);
  return {
    connectionString: kept.size > 0 ? `${address}?${kept}` : address,
    ...(ssl !== undefined && { ssl }),
    ...(given.get("sslnegotiation") === "direct" && { sslnegotiation: "direct" as const }),
  };
}

/** Whether the URL asks for TLS if the server offers it, and otherwise for none. */
export function prefersTls(text: string): boolean {
  return ["allow", "prefer"].includes(parse(text)?.searchParams.get("sslmode") ?? "");
}

/** Returns the URL with another sslmode. */
export function withSslMode(text: string, mode: SslMode): string {
  const { address, parameters } = split(text);
  parameters.set("sslmode", mode);
  return `${address}?${parameters}`;
}

function tlsOptions(parameters: URLSearchParams): false | ConnectionOptions | undefined {
  const root = parameters.get("sslrootcert");
  const mode = sslMode(parameters, root);
  if (mode === undefined) return undefined;
  if (mode === "disable") return false;
  const certificate = parameters.get("sslcert");
  const key = parameters.get("sslkey");
  const isVerified = mode.startsWith("verify-") || (mode === "require" && root !== null);
  return {
    rejectUnauthorized: isVerified,
    ...(isVerified && root !== null && { ca: rootCertificates(root) }),
    ...(isVerified && mode !== "verify-full" && { checkServerIdentity: () => undefined }),
    ...(certificate !== null && { cert: readPem("sslcert", certificate) }),
    ...(key !== null && { key: readPem("sslkey", key) }),
  };
}

function sslMode(parameters: URLSearchParams, root: string | null): SslMode | undefined {
  const mode = parameters.get("sslmode") as SslMode | null;
  // Whoever names the system's authorities wants the server to be one that they know.
  if (root === "system" && mode !== "disable") return "verify-full";
  if (mode !== null) return mode;
  const ssl = parameters.get("ssl");
  if (ssl === "no-verify") return "no-verify";
  if (ssl === "false" || ssl === "0") return "disable";
  const needsTls = ["ssl", "sslrootcert", "sslcert", "sslkey"].some((name) => parameters.has(name));
  return needsTls ? "verify-full" : undefined;
}

function rootCertificates(root: string): string | string[] {
  if (root !== "system") return readPem("sslrootcert", root);
  return [...new Set([...tls.getCACertificates("default"), ...tls.getCACertificates("system")])];
}

function readPem(parameter: string, file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`DATABASE_URL: the file of ${parameter} ${readProblem(error)}`);
  }
  if (text.includes("-----BEGIN ")) return text;
  throw new Error(`DATABASE_URL: the file of ${parameter} does not hold PEM`);
}

function split(text: string): { address: string; parameters: URLSearchParams } {
  const [address = ""] = /^[^?]*/.exec(text) ?? [];
  return { address, parameters: new URLSearchParams(text.slice(address.length)) };
}

/** A URL may leave the host to the parameter `host`, the directory of a socket. */
function parse(text: string): URL | null {
  const url = text.replace(/^([^/]+:\/\/[^/?#]*)@\//, "$1@localhost/");
  return URL.canParse(url) ? new URL(url) : null;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
