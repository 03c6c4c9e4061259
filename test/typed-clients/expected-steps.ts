import { expect } from "@jest/globals";
import { getClient } from "../support/operations.js";
import { SCOPE, type StoryServer } from "./story-server.js";

/** A line that a program prints. */
export type Step = { step: string } & Record<string, unknown>;

/** What `manage` creates, and what its new name leaves as it is. */
const CREATED = {
  description: "Writes the monthly reports",
  scopes: ["read:reports"],
  trustedMetadata: { plan: "pro", seats: 3 },
  expiresAt: isTime("2100-01-01T00:00:00Z"),
};
const NEW_NAME = "Monthly reports";

const EXPIRES_IN = { scope: "read:reports", expiresIn: 3600 };

export async function expectManagementSteps(
  steps: readonly Step[],
  { server: { operator }, memberId }: StoryServer,
): Promise<void> {
  const [clientId, importedId] = steps.map((step) => String(step["clientId"])) as [string, string];
  const clients = `{ clients(first: 200) { nodes { clientId } } }`;
  const { nodes } = (await operator.request(clients)).clients;
  const clientIds = nodes.map((node: { clientId: string }) => node.clientId);
  const renamed = { clientId, ...CREATED, name: NEW_NAME };
  expect(steps).toEqual([
    { step: "create", clientId: expect.stringMatching(/^client_/) },
    { step: "import", clientId: expect.stringMatching(/^(?!client_)/) },
    { step: "issue", ...EXPIRES_IN },
    { step: "verify", clientId, scopes: CREATED.scopes },
    { step: "rotate", clientId, ...EXPIRES_IN },
    { step: "page", pages: Math.ceil(clientIds.length / 2), clientIds },
    { step: "attest", memberId, emailAddress: "ada@example.com" },
    { step: "rename", ...renamed },
    { step: "clear", ...renamed, description: null },
  ]);
  expect(clientIds).toEqual(expect.arrayContaining([clientId, importedId]));
  const secrets = [expect.objectContaining({ status: "CURRENT" })];
  expect(await getClient(operator, clientId)).toMatchObject({
    ...renamed,
    description: null,
    secrets,
  });
  expect(await getClient(operator, importedId)).toMatchObject({ status: "ACTIVE", secrets });
}

export async function expectErrorSteps(
  steps: readonly Step[],
  { client: { clientId } }: StoryServer,
): Promise<void> {
  const retryable = { retryable: true, retryAfterSeconds: expect.any(Number) };
  expect(steps).toEqual([
    { step: "newer", clientId, status: "unknown" },
    { step: "forbidden", clientId, code: "FORBIDDEN", retryable: false },
    { step: "bad-request", code: "GRAPHQL_VALIDATION_FAILED", retryable: false },
    { step: "rate-limited", code: "RATE_LIMITED", ...retryable },
    { step: "unavailable", code: "SERVICE_UNAVAILABLE", ...retryable },
  ]);
}

export async function expectCallSteps(
  steps: readonly Step[],
  { callerId }: StoryServer,
): Promise<void> {
  expect(steps).toEqual([
    { step: "token", expiresIn: expect.any(Number) },
    { step: "verify", clientId: callerId, scopes: expect.arrayContaining([SCOPE]) },
    { step: "other-token", refused: true },
    { step: "session-jwt", refused: true },
  ]);
}

/** The same time in whatever form a language prints it. */
function isTime(expected: string) {
  return {
    asymmetricMatch: (actual: unknown) => Date.parse(String(actual)) === Date.parse(expected),
    toString: () => `time of ${expected}`,
  };
}
