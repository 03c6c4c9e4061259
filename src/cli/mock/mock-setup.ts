import { readFileSync } from "node:fs";
import type {
  TestApi,
  TestClient,
  TestFault,
  TestGrant,
  TestIssuerSetup,
} from "@countersign/sdk/testing";
import { z } from "zod";

/** A file that says what a mock issuer is made of. Its message tells which place of the file is wrong. */
export class MockFileError extends Error {
  override readonly name = "MockFileError";
}

/** The issuer itself judges values; here only a misspelt name is found, which would go unseen. */
type Names<Setup> = Record<keyof Setup & string, z.ZodType>;
const anything = z.unknown().optional();

const fault = z.strictObject({
  status: anything,
  retryAfterSeconds: anything,
  delayMs: anything,
  networkError: anything,
  malformedJson: anything,
  contentType: anything,
  every: anything,
  times: anything,
} satisfies Names<TestFault>);

const api = z.strictObject({
  identifier: z.string(),
  name: anything,
  scopes: anything,
  tokenProfile: anything,
  signingAlgorithm: anything,
  accessTokenLifetimeSeconds: anything,
  allowOmittedScope: anything,
  permissionsClaim: anything,
  introspectionClientId: anything,
} satisfies Names<TestApi>);

const grant = z.strictObject({
  audience: z.string(),
  scopes: anything,
  allScopes: anything,
  accessTokenLifetimeSeconds: anything,
} satisfies Names<TestGrant>);

export const clientNames = z.strictObject({
  clientId: anything,
  clientSecret: anything,
  name: anything,
  scopes: anything,
  grants: z.array(grant).optional(),
  projectScopes: anything,
  trustedMetadata: anything,
  owner: anything,
  status: anything,
  expiresAt: anything,
  secretExpiresAt: anything,
  accessTokenLifetimeSeconds: anything,
  grantTypes: anything,
  tokenEndpointAuthMethod: anything,
  publicKeys: anything,
  dpopBoundAccessTokens: anything,
} satisfies Names<TestClient>);

export const apiNames = api;
export const faultNames = fault;

const setupNames = z.strictObject({
  issuer: anything,
  projectId: anything,
  scopes: anything,
  audience: anything,
  apis: z.array(api).optional(),
  clients: z.array(clientNames).optional(),
  claimsTemplate: anything,
  sessionClaimsTemplate: anything,
  defaultAudience: anything,
  tokenProfile: anything,
  sessionTokenProfile: anything,
  signingAlgorithm: anything,
  accessTokenLifetimeSeconds: anything,
  maximumAccessTokenLifetimeSeconds: anything,
  introspectionClientId: anything,
  signingKeys: anything,
  clock: z.string("Must be a time, such as 2030-01-01T00:00:00Z").optional(),
  faults: z.record(z.string(), fault).optional(),
} satisfies Names<TestIssuerSetup>);

/** @throws MockFileError */
export function readMockSetup(file: string): TestIssuerSetup {
  const result = setupNames.safeParse(parseJson(file));
  const [problem] = result.error?.issues ?? [];
  if (problem) throw new MockFileError(inFile(file, describeProblem(problem)));
  return result.data as TestIssuerSetup;
}

/** @returns the path in the file's own notation, and what is wrong there */
export function describeProblem(problem: z.core.$ZodIssue): string {
  const at = formatPath(problem.path as (string | number)[]);
  if (problem.code !== "unrecognized_keys") return `${at}: ${problem.message}`;
  const [name = ""] = problem.keys;
  return `${formatPath([...(problem.path as (string | number)[]), name])}: There is no such setting`;
}

export function inFile(file: string, problem: string): string {
  return `${file}: ${problem}`;
}

/** @example formatPath(["clients", 0, "scopes"]) // "clients[0].scopes" */
export function formatPath(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

function parseJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new MockFileError(inFile(file, `cannot be read (${code})`));
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    // The rest of the message is a part of the file.
    const [position = ""] = /\(line \d+ column \d+\)/.exec((error as Error).message) ?? [];
    throw new MockFileError(inFile(file, `is not JSON ${position}`.trim()));
  }
}
