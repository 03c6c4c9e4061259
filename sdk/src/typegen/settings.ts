import { readFile } from "node:fs/promises";
import { isSecure } from "../shared/secure-url.js";
import { EXIT, Failure } from "./failure.js";

/** Where the project is, and who asks for it. */
export interface Settings {
  /** URL of the GraphQL API. */
  url: URL;
  projectId: string;
  secret: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment variables of the command line. An empty variable counts as absent.
 * @throws Failure
 */
export async function readSettings(env: Variables): Promise<Settings> {
  const {
    COUNTERSIGN_URL: url,
    COUNTERSIGN_PROJECT_ID: projectId,
    COUNTERSIGN_SECRET: secret,
    COUNTERSIGN_SECRET_FILE: secretFile,
    COUNTERSIGN_ALLOW_INSECURE_HTTP: allowInsecureHttp,
  } = env;
  if (!url || !projectId || !(secret || secretFile)) {
    const missing = [
      ...(url ? [] : ["COUNTERSIGN_URL"]),
      ...(projectId ? [] : ["COUNTERSIGN_PROJECT_ID"]),
      ...(secret || secretFile ? [] : ["COUNTERSIGN_SECRET or COUNTERSIGN_SECRET_FILE"]),
    ];
    throw new Failure(EXIT.MISUSE, `Set ${missing.join(", ")}.`);
  }
  if (secret && secretFile) {
    throw new Failure(
      EXIT.MISUSE,
      "Set either COUNTERSIGN_SECRET or COUNTERSIGN_SECRET_FILE, not both.",
    );
  }
  return {
    url: graphqlUrl(url, allowInsecureHttp === "true"),
    projectId,
    secret: secret || (await readSecret(secretFile ?? "")),
  };
}

function graphqlUrl(text: string, allowInsecureHttp: boolean): URL {
  const base = text.replace(/\/+$/, "");
  const url = URL.canParse(base) ? new URL(`${base}/graphql`) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new Failure(
      EXIT.MISUSE,
      "COUNTERSIGN_URL must be the http or https URL of the server, without a user name or password.",
    );
  }
  if (!isSecure(url, allowInsecureHttp)) {
    throw new Failure(
      EXIT.MISUSE,
      "COUNTERSIGN_URL must be https, so that nobody reads the secret on the way. Set COUNTERSIGN_ALLOW_INSECURE_HTTP=true in networks that you trust.",
    );
  }
  return url;
}

async function readSecret(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Failure(
      EXIT.MISUSE,
      `The file of COUNTERSIGN_SECRET_FILE cannot be read: ${error.code}.`,
    );
  });
  const secret = text.trim();
  if (!secret) throw new Failure(EXIT.MISUSE, "The file of COUNTERSIGN_SECRET_FILE is empty.");
  return secret;
}
