import { QueryFailedError } from "typeorm";
import { transientErrorCode } from "../persistence/database-errors.js";

/** Why a start fails, in words for the operator. */
interface Problem {
  what: string;
  remedy?: string;
  /** Another attempt in a moment may succeed. */
  isTransient?: boolean;
}

const WRONG_PASSWORD: Problem = {
  what: "the server rejects the password",
  remedy: "characters such as / # ? @ % must be percent-encoded in it",
};
const WRONG_USER: Problem = { what: "the server rejects the user" };
const NO_DATABASE: Problem = { what: "the database does not exist" };
const NO_CONNECTION_LEFT: Problem = {
  what: "the server has no connection left",
  remedy: "raise its limit or lower DATABASE_POOL_SIZE",
  isTransient: true,
};
const UNKNOWN_AUTHORITY: Problem = {
  what: "the server's certificate comes from an unknown authority",
  remedy:
    "name the file of the authority's certificate in sslrootcert, or connect without verification by " +
    "sslmode=require without sslrootcert",
};

/** By SQLSTATE, or by the code of Node.js. */
const BY_CODE: Readonly<Record<string, Problem>> = {
  "28P01": WRONG_PASSWORD,
  "28000": WRONG_USER,
  "3D000": NO_DATABASE,
  "53300": NO_CONNECTION_LEFT,
  "57P03": {
    what: "the server is starting, stopping or recovering",
    isTransient: true,
  },
  "25006": {
    what: "the database is read-only, as a replica is",
    remedy: "name the primary, which accepts writes",
    isTransient: true,
  },
  "42501": {
    what: "the user lacks rights in the schema",
    remedy: "let it own the schema and all tables in it",
  },
  "3F000": {
    what: "the search_path of the user names no schema that exists",
    remedy: "create that schema, or set another search_path",
  },
  "42P07": {
    what: "the schema holds a table of another program, or of another user",
    remedy: "use a database or a schema of its own",
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    what: "the server's certificate is signed by itself",
    remedy:
      "name its file in sslrootcert, or connect without verification by sslmode=require without sslrootcert",
  },
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  ERR_TLS_CERT_ALTNAME_INVALID: {
    what: "the server's certificate is for another host name",
    remedy:
      "connect to the name that it is for, or verify only its authority by sslmode=verify-ca with sslrootcert",
  },
  CERT_HAS_EXPIRED: {
    what: "the server's certificate has expired",
    remedy:
      "renew it; until then sslmode=require without sslrootcert connects without verification",
  },
  CERT_NOT_YET_VALID: {
    what: "the server's certificate is not valid yet",
    remedy: "set the clocks of both machines",
  },
};

/** Messages of pg, and of poolers, whose one code says nothing (PgBouncer's is 08P01). */
const BY_MESSAGE: readonly [RegExp, Problem | ((parameter: string) => Problem)][] = [
  [
    /^unsupported startup parameter(?: in options)?: "?([\w.]{1,40})/,
    (parameter) => ({
      what: `the pooler refuses the startup parameter ${parameter}`,
      remedy:
        "remove it from the URL and from PGOPTIONS, or add it to PgBouncer's ignore_startup_parameters",
    }),
  ],
  [/^(?:(?:password|SASL) )?authentication failed/, WRONG_PASSWORD],
  [/^SASL: .*client password must be a (?:non-empty )?string/, WRONG_PASSWORD],
  [/^no such user/, WRONG_USER],
  [/^(?:no such database|database "[^"]*" does not exist)/, NO_DATABASE],
  [/^no more connections allowed|max clients reached/, NO_CONNECTION_LEFT],
  [
    /^The server does not support SSL connections/,
    { what: "the server does not offer TLS", remedy: "use sslmode=prefer or sslmode=disable" },
  ],
  [
    /no encryption$|SSL off$|SSL (?:connection )?(?:is )?required/i,
    { what: "the server accepts only TLS", remedy: "use sslmode=require" },
  ],
  [
    /requires a valid client certificate/,
    {
      what: "the server asks for a client certificate",
      remedy: "name its files in sslcert and sslkey",
    },
  ],
];

export interface StartProblem {
  /** A sentence that names the setting at fault without its value. */
  sentence: string;
  isTransient: boolean;
}

/** @returns null for an error that does not come from the database or its driver */
export function startProblem(error: unknown): StartProblem | null {
  const { driverError = error } = Object(error) as Partial<QueryFailedError>;
  const { code, message = "" } = Object(driverError) as Partial<NodeJS.ErrnoException>;
  const transientCode = transientErrorCode(driverError);
  const name = typeof code === "string" ? code : transientCode;
  const known = problemByMessage(message) ?? BY_CODE[name ?? ""];
  if (known) return describe(known, name);
  if (transientCode !== null) {
    return describe({ what: "the database does not answer", isTransient: true }, name);
  }
  const isOfDriver = error instanceof QueryFailedError || /^ERR_(?:SSL|TLS|OSSL)/.test(name ?? "");
  return isOfDriver ? unknownProblem(driverError) : null;
}

/** For an error whose message may contain a value. */
export function unknownProblem(error: unknown): StartProblem {
  const { code } = Object(error) as { code?: unknown };
  const name = typeof code === "string" ? code : "unknown";
  return describe({ what: "the database cannot be opened" }, name);
}

/** Turns an error of the database into one sentence without values, and returns every other error unchanged. */
export function toPostgresStartError(error: unknown): unknown {
  const problem = startProblem(error);
  return problem ? new Error(problem.sentence, { cause: error }) : error;
}

function problemByMessage(message: string): Problem | null {
  for (const [pattern, problem] of BY_MESSAGE) {
    const match = pattern.exec(message);
    if (match) return typeof problem === "function" ? problem(match[1] ?? "") : problem;
  }
  return null;
}

function describe({ what, remedy, isTransient = false }: Problem, code: string | null) {
  const parts = [`DATABASE_URL: ${what}`, code && ` (${code})`, remedy && `: ${remedy}`];
  return { sentence: parts.filter(Boolean).join(""), isTransient };
}
