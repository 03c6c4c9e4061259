import { availableParallelism } from "node:os";
import { z } from "zod";
import { allowedOrigins } from "./allowed-origins.js";
import { EXPLORERS, type Explorer } from "./graphql/explorer.js";
import type { TlsFiles } from "./http/tls-files.js";
import type { AllowedHosts } from "./key-sets/allowed-hosts.js";
import {
  lowerCaseProxies,
  type ProxyEnvironment,
  proxyEnvironment,
} from "./key-sets/proxy-environment.js";
import { productionProblems, type Variables } from "./production-settings.js";
import type { Environment } from "./projects/project.entity.js";
import { readSecretFiles } from "./secret-files.js";
import {
  boolean,
  bootstrapSecret,
  databaseUrl,
  host,
  keySetAllowedHosts,
  MAX_WORKERS,
  type MasterKeys,
  masterKeys,
  nodeEnv,
  publicUrl,
  trustedProxies,
  url,
  wholeNumber,
  workers,
} from "./setting-rules.js";
import { PROJECT_ID, PROJECT_ID_RULE } from "./shared/ids.js";

/** The settings from environment variables. docs/reference/settings.md lists them. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Undefined: the server speaks http. */
  readonly tls: TlsFiles | undefined;
  /** The URL under which clients reach this server, without a trailing slash. */
  readonly publicUrl: string;
  readonly dataDir: string;
  /** Undefined: the embedded SQLite database in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** Maximum number of PostgreSQL connections of this process. */
  readonly databasePoolSize: number;
  /** The first key seals; all keys unseal. Undefined: the key is in a file in `dataDir`. */
  readonly masterKeys: MasterKeys | undefined;
  readonly bootstrapProjectId: string | undefined;
  readonly bootstrapProjectSecret: string | undefined;
  /** Undefined: what the project's id says. */
  readonly bootstrapProjectEnvironment: Environment | undefined;
  readonly allowInsecureJwks: boolean;
  /** Undefined: key sets are fetched from public hosts alone. */
  readonly keySetAllowedHosts: AllowedHosts | undefined;
  /** The proxy that key sets are fetched through. Undefined: none. */
  readonly proxyEnvironment: ProxyEnvironment | undefined;
  /** What `GET /graphql` shows to a browser. */
  readonly explorer: Explorer;
  /** Whether Apollo's hosted Sandbox may call the API. */
  readonly allowsHostedSandbox: boolean;
  /** Web origins whose pages may call `/graphql` with a Bearer token. */
  readonly allowedOrigins: readonly string[];
  /** Addresses or networks of the proxies whose X-Forwarded headers are trusted. */
  readonly trustedProxies: readonly string[];
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Number of processes that share the port. */
  readonly workers: number;
  /** Days that audit events of issued tokens and of members stay. */
  readonly activityRetentionDays: number;
  /** Where Prometheus reads metrics. Undefined: nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
  /** How long the server keeps serving after a stop signal, so that load balancers notice. */
  readonly drainSeconds: number;
}

const ENVIRONMENTS = ["TEST", "LIVE"] as const satisfies Environment[];
const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "silent"] as const;

/** Lists every problem of the configuration, without values. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(readonly problems: readonly string[]) {
    super(
      `The configuration has problems:\n${problems.map((problem) => `- ${problem}`).join("\n")}`,
    );
  }
}

const variables = z.object({
  NODE_ENV: nodeEnv.optional(),
  HOST: host.default("127.0.0.1"),
  PORT: wholeNumber(0, 65535, "Must be a port number, 0 to 65535").default(4000),
  TLS_CERT_FILE: z.string().optional(),
  TLS_KEY_FILE: z.string().optional(),
  PUBLIC_URL: publicUrl.optional(),
  DATA_DIR: z.string().min(1).default("./data"),
  DATABASE_URL: databaseUrl.optional(),
  DATABASE_POOL_SIZE: wholeNumber(1, 1000).default(10),
  MASTER_KEY: masterKeys.optional(),
  ALLOW_INSECURE_HTTP: boolean,
  BOOTSTRAP_PROJECT_ID: z.string().regex(PROJECT_ID, PROJECT_ID_RULE).optional(),
  BOOTSTRAP_PROJECT_SECRET: bootstrapSecret.optional(),
  BOOTSTRAP_PROJECT_ENVIRONMENT: z
    .enum(ENVIRONMENTS, `Must be ${ENVIRONMENTS.join(" or ")}`)
    .optional(),
  ALLOW_INSECURE_JWKS: boolean,
  KEY_SET_ALLOWED_HOSTS: keySetAllowedHosts.optional(),
  HTTPS_PROXY: url("http:", "https:").optional(),
  HTTP_PROXY: url("http:", "https:").optional(),
  NO_PROXY: z.string().optional(),
  EXPLORER: z.enum(EXPLORERS, `Must be one of ${EXPLORERS.join(", ")}`).optional(),
  ALLOWED_ORIGINS: allowedOrigins,
  TRUSTED_PROXIES: trustedProxies,
  LOG_LEVEL: z.enum(LOG_LEVELS, `Must be one of ${LOG_LEVELS.join(", ")}`).default("info"),
  WORKERS: workers,
  ACTIVITY_RETENTION_DAYS: wholeNumber(1, 3650).default(30),
  DRAIN_SECONDS: wholeNumber(0, 600).default(0),
  METRICS_PORT: wholeNumber(0, 65535, "Must be a port number, 0 to 65535").optional(),
  METRICS_HOST: host.default("127.0.0.1"),
});

export type SettingName = keyof typeof variables.shape;
export const SETTING_NAMES = variables.keyof().options;

const environment = variables.superRefine((env, context) => {
  if (Number(env.WORKERS) > 1 && !env.DATABASE_URL) {
    context.addIssue({
      code: "custom",
      path: ["WORKERS"],
      message: "The embedded SQLite database allows one process: set DATABASE_URL to run several",
    });
  }
  const tlsFiles = ["TLS_CERT_FILE", "TLS_KEY_FILE"] as const;
  const [missing, ...others] = tlsFiles.filter((name) => env[name] === undefined);
  if (missing !== undefined && others.length === 0) {
    const message = `Is required beside ${tlsFiles.find((name) => name !== missing)}`;
    context.addIssue({ code: "custom", path: [missing], message });
  }
});

/** Variables that hold secrets. Each may come as the name of a file, in a variable with `_FILE` at its end. */
export const SECRETS: readonly SettingName[] = [
  "DATABASE_URL",
  "MASTER_KEY",
  "BOOTSTRAP_PROJECT_SECRET",
];

/**
 * Reads the settings from environment variables, and secrets from the files that they name. An empty variable
 * counts as absent.
 * @throws ConfigError
 */
export function readConfig(env: Variables): Config {
  const nonEmpty = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const { values, unread, problems } = readSecretFiles(nonEmpty, SECRETS);
  const settings = { ...nonEmpty, ...lowerCaseProxies(nonEmpty), ...values };
  const result = environment.safeParse(settings);
  const found = new Map(productionProblems(settings));
  for (const { path, message } of result.error?.issues ?? []) found.set(path.join("."), message);
  // Where the value comes from a file, that is what has to be corrected.
  const sourceOf = (name: string) => (name in values ? `${name}_FILE` : name);
  for (const [name, message] of found) {
    if (!unread.has(name)) problems.push(`${sourceOf(name)}: ${message}`);
  }
  if (!result.success || problems.length > 0) throw new ConfigError(problems);
  const { data } = result;
  const isProduction = data.NODE_ENV === "production";
  const tls = tlsFilesOf(data);
  const explorer = data.EXPLORER ?? (isProduction ? "off" : "graphiql");
  return Object.freeze({
    host: data.HOST,
    port: data.PORT,
    tls,
    publicUrl: (data.PUBLIC_URL ?? `${tls ? "https" : "http"}://localhost:${data.PORT}`).replace(
      /\/+$/,
      "",
    ),
    dataDir: data.DATA_DIR,
    databaseUrl: data.DATABASE_URL,
    databasePoolSize: data.DATABASE_POOL_SIZE,
    masterKeys: data.MASTER_KEY,
    bootstrapProjectId: data.BOOTSTRAP_PROJECT_ID,
    bootstrapProjectSecret: data.BOOTSTRAP_PROJECT_SECRET,
    bootstrapProjectEnvironment: data.BOOTSTRAP_PROJECT_ENVIRONMENT,
    allowInsecureJwks: data.ALLOW_INSECURE_JWKS,
    keySetAllowedHosts: data.KEY_SET_ALLOWED_HOSTS,
    proxyEnvironment: proxyEnvironment(data),
    explorer,
    allowsHostedSandbox: explorer !== "off" && !isProduction,
    allowedOrigins: data.ALLOWED_ORIGINS,
    trustedProxies: data.TRUSTED_PROXIES,
    logLevel: data.LOG_LEVEL,
    workers: data.WORKERS === "auto" ? defaultWorkerCount(data.DATABASE_URL) : Number(data.WORKERS),
    activityRetentionDays: data.ACTIVITY_RETENTION_DAYS,
    drainSeconds: data.DRAIN_SECONDS,
    metrics:
      data.METRICS_PORT === undefined
        ? undefined
        : { host: data.METRICS_HOST, port: data.METRICS_PORT },
  });
}

function tlsFilesOf({
  TLS_CERT_FILE: certificateFile,
  TLS_KEY_FILE: keyFile,
}: z.infer<typeof variables>): TlsFiles | undefined {
  return certificateFile && keyFile ? { certificateFile, keyFile } : undefined;
}

function defaultWorkerCount(databaseUrl: string | undefined): number {
  return databaseUrl ? Math.min(availableParallelism(), MAX_WORKERS) : 1;
}
