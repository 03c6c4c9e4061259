import { randomBytes, randomUUID } from "node:crypto";
import { CountersignError } from "./answer.js";
import type {
  AttestSessionInput,
  ClientFieldsFragment,
  ClientStatus,
  CompleteSecretRotationInput,
  CreateClientInput,
  ImportClientInput,
  IssueTokenInput,
  ListClientsQueryVariables,
  StartSecretRotationInput,
  UpdateClientInput,
  VerifyTokenInput,
} from "./client-preset/generated/graphql.js";
import { print, setting } from "./program.js";

type Client = Pick<
  ClientFieldsFragment,
  "clientId" | "name" | "description" | "scopes" | "trustedMetadata" | "expiresAt" | "status"
>;

/** The operations of the story, which each folder implements with its own client. */
export interface Countersign {
  createClient(input: CreateClientInput): Promise<{ client: Client; clientSecret: string | null }>;
  importClient(input: ImportClientInput): Promise<{ client: Client }>;
  issueToken(
    input: IssueTokenInput,
  ): Promise<{ accessToken: string; scope: string | null; expiresIn: number }>;
  verifyToken(
    input: VerifyTokenInput,
  ): Promise<{ token: { clientId: string; scopes: readonly string[] } }>;
  startSecretRotation(
    input: StartSecretRotationInput,
  ): Promise<{ nextClientSecret: string | null }>;
  completeSecretRotation(input: CompleteSecretRotationInput): Promise<{ client: Client }>;
  listClients(variables: ListClientsQueryVariables): Promise<{
    nodes: readonly Client[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  }>;
  attestSession(
    input: AttestSessionInput,
  ): Promise<{ member: { memberId: string; emailAddress: string | null } }>;
  updateClient(input: UpdateClientInput): Promise<{ client: Client }>;
  getClient(clientId: string): Promise<Client | null>;
  /** The client without its events, and an error, for a caller that may not read them. */
  getClientWithEvents(clientId: string): Promise<{
    client: (Client & { events: { nodes: readonly { action: string }[] } | null }) | null;
    errors: readonly CountersignError[];
  }>;
}

type Connect = (url: string, authorization: string) => Countersign;

/** Runs `manage` or `errors`, as the command line says. */
export async function runStory(connect: Connect): Promise<void> {
  const credentials = `${setting("COUNTERSIGN_PROJECT_ID")}:${setting("COUNTERSIGN_SECRET")}`;
  const authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
  const [story] = process.argv.slice(2);
  if (story === "manage") await manage(connect(setting("COUNTERSIGN_URL"), authorization));
  else if (story === "errors") await meetErrors((url) => connect(url, authorization));
  else throw new Error("usage: node dist/<client>/main.js manage|errors");
}

async function manage(countersign: Countersign): Promise<void> {
  const { client, clientSecret } = await countersign.createClient({
    name: "Reports",
    description: "Writes the monthly reports",
    scopes: ["read:reports"],
    trustedMetadata: { plan: "pro", seats: 3 },
    expiresAt: "2100-01-01T00:00:00Z",
  });
  const { clientId } = client;
  print("create", { clientId });

  const imported = await countersign.importClient({
    clientId: `legacy-${randomUUID()}`,
    clientSecret: randomBytes(32).toString("base64url"),
    scopes: ["read:reports"],
  });
  print("import", { clientId: imported.client.clientId });

  const issued = await countersign.issueToken({ clientId, clientSecret: shown(clientSecret) });
  print("issue", { scope: issued.scope, expiresIn: issued.expiresIn });

  const { token } = await countersign.verifyToken({ accessToken: issued.accessToken });
  print("verify", { clientId: token.clientId, scopes: token.scopes });

  const { nextClientSecret } = await countersign.startSecretRotation({ clientId });
  const { scope, expiresIn } = await countersign.issueToken({
    clientId,
    clientSecret: shown(nextClientSecret),
  });
  await countersign.completeSecretRotation({ clientId });
  print("rotate", { clientId, scope, expiresIn });

  const clientIds: string[] = [];
  let pages = 0;
  let after: string | null = null;
  do {
    const page = await countersign.listClients({ first: 2, after });
    clientIds.push(...page.nodes.map((node) => node.clientId));
    pages++;
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  print("page", { pages, clientIds });

  const { PROFILE_ID: profileId, TRUSTED_AUTH_TOKEN: foreignToken } = process.env;
  if (profileId && foreignToken) {
    const { member } = await countersign.attestSession({ profileId, token: foreignToken });
    print("attest", { memberId: member.memberId, emailAddress: member.emailAddress });
  }

  // A field that is absent, or undefined, stays as it is; null clears it.
  const renamed = await countersign.updateClient({ clientId, name: "Monthly reports" });
  print("rename", settingsOf(renamed.client));
  const cleared = await countersign.updateClient({ clientId, description: null });
  print("clear", settingsOf(cleared.client));
}

async function meetErrors(connect: (url: string) => Countersign): Promise<void> {
  const clientId = setting("FAULTS_CLIENT_ID");
  const facing = (fault: string) => connect(`${setting("COUNTERSIGN_FAULTS_URL")}/${fault}`);

  const newer = await facing("newer").getClient(clientId);
  print("newer", { clientId: newer?.clientId, status: newer && meaningOf(newer.status) });

  const { client, errors } = await facing("forbidden").getClientWithEvents(clientId);
  for (const error of errors) {
    if (client?.events === null) print("forbidden", { clientId: client.clientId, ...told(error) });
  }

  for (const fault of ["bad-request", "rate-limited", "unavailable"]) {
    await facing(fault)
      .getClient(clientId)
      .catch((error: unknown) => {
        if (!(error instanceof CountersignError)) throw error;
        print(fault, told(error));
      });
  }
}

/** Types know today's values. A newer server may send another one, so a switch over them needs a default. */
function meaningOf(status: ClientStatus): string {
  switch (status) {
    case "ACTIVE":
      return "gets tokens";
    case "INACTIVE":
      return "gets none";
    default:
      return "unknown";
  }
}

const told = ({ code, retryable, retryAfterSeconds }: CountersignError) => ({
  code,
  retryable,
  retryAfterSeconds,
});

const settingsOf = (client: Client) => {
  const { clientId, name, description, scopes, trustedMetadata, expiresAt } = client;
  return { clientId, name, description, scopes, trustedMetadata, expiresAt };
};

/** A secret is null only in the repetition of a creation that was told apart by its `idempotencyKey`. */
function shown(secret: string | null): string {
  if (secret === null) throw new Error("the secret has been shown before");
  return secret;
}
