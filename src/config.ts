import { availableParallelism } from "node:os";
import ipaddr from "ipaddr.js";
import { z } from "zod";

/** The settings from environment variables. The README has a table of them. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** The URL under which clients reach this server, without a trailing slash. */
  readonly publicUrl: string;
  readonly dataDir: string;
  /** Undefined: the embedded SQLite database in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** Maximum number of PostgreSQL connections of this process. */
  readonly databasePoolSize: number;
  /** The first key seals; all keys unseal. Undefined: the key is in a file in `dataDir`. */
  readonly masterKeys: readonly Uint8Array[] | undefined;
  readonly bootstrapProjectId: string | undefined;
  readonly bootstrapProjectSecret: string | undefined;
  readonly allowInsecureJwks: boolean;
  /** Addresses or networks of the proxies whose X-Forwarded headers are trusted. */
  readonly trustedProxies: readonly string[];
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Number of processes that share the port. */
  readonly workers: number;
  /** How long the server keeps serving after a stop signal, so that load balancers notice. */
  readonly drainSeconds: number;
}

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

const boolean = z
  .enum(["true", "false"], "Must be true or false")
  .default("false")
  .transform((text) => text === "true");

const masterKeys = z.string().transform((list, context) =>
  list.split(",").map((text) => {
    const key = Buffer.from(text.trim(), "base64url");
    if (key.length !== 32 || !/^[\w-]+=?$/.test(text.trim())) {
      context.addIssue({ code: "custom", message: "Each key must be 32 bytes in base64url" });
    }
    return new Uint8Array(key);
  }),
);

const trustedProxies = z
  .string()
  .default("")
  .transform((list) =>
    list
      .split(",")
      .map((address) => address.trim())
      .filter((address) => address !== ""),
  )
  .refine(
    (list) => list.every((address) => ipaddr.isValid(address) || ipaddr.isValidCIDR(address)),
    "Must be addresses or networks, such as 10.0.0.0/8, separated by commas",
  );

const MAX_WORKERS = 64;
const workers = z
  .string()
  .default("1")
  .refine(
    (text) => text === "auto" || (/^[1-9]\d?$/.test(text) && Number(text) <= MAX_WORKERS),
    `Must be auto, or a whole number from 1 to ${MAX_WORKERS}`,
  );

const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `Must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
    );

const wholeNumber = (
  min: number,
  max: number,
  problem = `Must be a whole number from ${min} to ${max}`,
) => z.coerce.number(problem).int(problem).min(min, problem).max(max, problem);

const environment = z
  .object({
    NODE_ENV: z.string().optional(),
    HOST: z.string().min(1).default("127.0.0.1"),
    PORT: wholeNumber(0, 65535, "Must be a port number, 0 to 65535").default(4000),
    PUBLIC_URL: url("http:", "https:").optional(),
    DATA_DIR: z.string().min(1).default("./data"),
    DATABASE_URL: url("postgres:", "postgresql:").optional(),
    DATABASE_POOL_SIZE: wholeNumber(1, 1000).default(10),
    MASTER_KEY: masterKeys.optional(),
    BOOTSTRAP_PROJECT_ID: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, "Must be 1 to 64 characters from A-Z a-z 0-9 _ -")
      .optional(),
    BOOTSTRAP_PROJECT_SECRET: z
      .string()
      .min(32, "Must have at least 32 random characters")
      .optional(),
    ALLOW_INSECURE_JWKS: boolean,
    TRUSTED_PROXIES: trustedProxies,
    LOG_LEVEL: z.enum(LOG_LEVELS, `Must be one of ${LOG_LEVELS.join(", ")}`).default("info"),
    WORKERS: workers,
    DRAIN_SECONDS: wholeNumber(0, 600).default(0),
  })
  .superRefine((env, context) => {
    if (env.NODE_ENV === "production" && !env.MASTER_KEY) {
      context.addIssue({
        code: "custom",
        path: ["MASTER_KEY"],
        message: "Is required when NODE_ENV=production",
      });
    }
    if (Number(env.WORKERS) > 1 && !env.DATABASE_URL) {
      context.addIssue({
        code: "custom",
        path: ["WORKERS"],
        message: "The embedded SQLite database allows one process: set DATABASE_URL to run several",
      });
    }
  });

/**
 * Reads the settings from environment variables. An empty variable counts as absent.
 * @throws ConfigError
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const nonEmpty = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const result = environment.safeParse(nonEmpty);
  if (!result.success) {
    throw new ConfigError(
      result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
    );
  }
  const { data } = result;
  return Object.freeze({
    host: data.HOST,
    port: data.PORT,
    publicUrl: (data.PUBLIC_URL ?? `http://localhost:${data.PORT}`).replace(/\/+$/, ""),
    dataDir: data.DATA_DIR,
    databaseUrl: data.DATABASE_URL,
    databasePoolSize: data.DATABASE_POOL_SIZE,
    masterKeys: data.MASTER_KEY,
    bootstrapProjectId: data.BOOTSTRAP_PROJECT_ID,
    bootstrapProjectSecret: data.BOOTSTRAP_PROJECT_SECRET,
    allowInsecureJwks: data.ALLOW_INSECURE_JWKS,
    trustedProxies: data.TRUSTED_PROXIES,
    logLevel: data.LOG_LEVEL,
    workers: data.WORKERS === "auto" ? defaultWorkerCount(data.DATABASE_URL) : Number(data.WORKERS),
    drainSeconds: data.DRAIN_SECONDS,
  });
}

function defaultWorkerCount(databaseUrl: string | undefined): number {
  return databaseUrl ? Math.min(availableParallelism(), MAX_WORKERS) : 1;
}
