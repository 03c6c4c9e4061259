import { hasInsecureOrigin } from "./allowed-origins.js";
import { isPredictable } from "./shared/predictable-secret.js";

/** Environment variables. */
export type Variables = Readonly<Record<string, string | undefined>>;

const required = (example: string) => `Is required when NODE_ENV=production, such as ${example}`;
const notRandom = (command: string) =>
  `Must be random when NODE_ENV=production, such as the output of ${command}`;

/** Judges the variables as they are, so that their other problems do not hide these. */
const PRODUCTION_PROBLEMS: Readonly<
  Record<string, (env: Variables) => string | false | undefined>
> = {
  PUBLIC_URL: ({ PUBLIC_URL, ALLOW_INSECURE_HTTP }) => {
    if (PUBLIC_URL === undefined) return required("https://auth.example.com");
    const isAllowed = /^https:/i.test(PUBLIC_URL) || ALLOW_INSECURE_HTTP === "true";
    return (
      !isAllowed &&
      "Must begin with https:// when NODE_ENV=production, unless ALLOW_INSECURE_HTTP=true"
    );
  },
  MASTER_KEY: ({ MASTER_KEY }) => {
    if (MASTER_KEY === undefined) return required("the output of openssl rand -base64 32");
    const keys = MASTER_KEY.split(",").map((text) => Buffer.from(text.trim(), "base64url"));
    return keys.some(isPredictable) && notRandom("openssl rand -base64 32");
  },
  BOOTSTRAP_PROJECT_SECRET: ({ BOOTSTRAP_PROJECT_SECRET: secret }) =>
    secret !== undefined && isPredictable(Buffer.from(secret)) && notRandom("openssl rand -hex 32"),
  ALLOWED_ORIGINS: ({ ALLOWED_ORIGINS }) =>
    hasInsecureOrigin(ALLOWED_ORIGINS) &&
    "Must begin with https:// when NODE_ENV=production, except on localhost",
  ALLOW_INSECURE_JWKS: ({ ALLOW_INSECURE_JWKS }) =>
    ALLOW_INSECURE_JWKS === "true" && "Must not be true when NODE_ENV=production",
};

/** @returns the names of settings that must not be as they are in production, with what they must be */
export function productionProblems(env: Variables): [name: string, message: string][] {
  if (env["NODE_ENV"] !== "production") return [];
  return Object.entries(PRODUCTION_PROBLEMS).flatMap(([name, problemOf]) => {
    const message = problemOf(env);
    return message ? [[name, message]] : [];
  });
}
