import { EXPLORER_DOCUMENT } from "../../src/graphql/explorer-document";
import { sampleIdentityProvider } from "./sample-identity-provider";

/** What operations have answered, by the names of the fields. Later operations take their variables from here. */
export interface Answers {
  clientId?: string;
  clientSecret?: string;
  nextClientSecret?: string;
  accessToken?: string;
  apiId?: string;
  identifier?: string;
  organizationId?: string;
  profileId?: string;
}

/** A ready-made operation. */
export interface Step {
  /** Name of the operation. */
  name: string;
  title: string;
  /** The title in a word. */
  label: string;
  document: string;
  /** What it does: the comment above the operation. */
  explanation: string;
  /** Whether it works without a management secret. */
  isPublic: boolean;
  /** Added to the explanation, for this page alone. */
  note?: string;
  /** Fields of `Answers` that it needs, and which step answers them. */
  needs: readonly (keyof Answers)[];
  input(answers: Answers): object | Promise<object>;
}

/** So that running everything again in the same project meets nothing of the last time. */
const SUFFIX = crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36) ?? "";

const STEPS_WITHOUT_DOCUMENTS: readonly Omit<Step, "document" | "explanation">[] = [
  {
    name: "CreateClient",
    title: "Create a client",
    label: "Client",
    isPublic: false,
    needs: [],
    input: () => ({ name: "My first client", scopes: ["read:users"] }),
  },
  {
    name: "IssueToken",
    title: "Issue a token",
    label: "Token",
    isPublic: true,
    needs: ["clientId", "clientSecret"],
    input: ({ clientId, clientSecret }) => ({ clientId, clientSecret }),
  },
  {
    name: "VerifyToken",
    title: "Verify the token",
    label: "Verify",
    isPublic: true,
    needs: ["accessToken"],
    input: ({ accessToken }) => ({ accessToken, requiredScopes: ["read:users"] }),
  },
  {
    name: "StartSecretRotation",
    title: "Start a rotation",
    label: "Rotate",
    isPublic: false,
    needs: ["clientId"],
    input: ({ clientId }) => ({ clientId }),
  },
  {
    name: "CompleteSecretRotation",
    title: "Complete the rotation",
    label: "Complete",
    isPublic: false,
    needs: ["clientId"],
    input: ({ clientId }) => ({ clientId }),
  },
  {
    name: "CreateApi",
    title: "Create an API",
    label: "API",
    isPublic: false,
    needs: [],
    input: () => ({
      name: "Orders",
      identifier: `https://orders-${SUFFIX}.example.com`,
      scopes: [{ value: "read:orders", description: "Read all orders" }],
    }),
  },
  {
    name: "CreateClientGrant",
    title: "Grant the API",
    label: "Grant",
    isPublic: false,
    needs: ["clientId", "apiId"],
    input: ({ clientId, apiId }) => ({ clientId, apiId, scopes: ["read:orders"] }),
  },
  {
    name: "IssueTokenForApi",
    title: "Issue a token for it",
    label: "API token",
    isPublic: true,
    needs: ["clientId", "clientSecret", "identifier"],
    input: ({ clientId, clientSecret, identifier }) => ({
      clientId,
      clientSecret,
      audience: identifier,
    }),
  },
  {
    name: "CreateOrganization",
    title: "Create an organization",
    label: "Organization",
    isPublic: false,
    needs: [],
    input: () => ({ name: "Acme", slug: `acme-${SUFFIX}` }),
  },
  {
    name: "CreateProfile",
    title: "Trust an issuer",
    label: "Profile",
    isPublic: false,
    note: "On this page, a sample identity provider signs them. For your own Supabase, replace domain with projectId and leave out keys.",
    needs: ["organizationId"],
    input: async ({ organizationId }) => {
      const { domain, publicJwk } = await sampleIdentityProvider();
      return {
        name: "Sample identity provider of the explorer",
        preset: { provider: "SUPABASE", domain },
        keys: { publicKeys: [{ jwk: publicJwk }] },
        organizationId,
        canJitProvision: true,
      };
    },
  },
  {
    name: "AttestSession",
    title: "Attest a session",
    label: "Attest",
    isPublic: false,
    note: "On this page, the sample identity provider signs it. In your application, yours does.",
    needs: ["profileId"],
    input: async ({ profileId }) => ({
      profileId,
      token: await (await sampleIdentityProvider()).signToken(),
    }),
  },
];

/** Comment and operation, by the operation's name. */
const OPERATIONS = new Map(
  EXPLORER_DOCUMENT.trim()
    .split("\n\n")
    .map((text) => {
      const lines = text.split("\n");
      const isComment = (line: string) => line.startsWith("#");
      const explanation = lines.filter(isComment).map((line) => line.slice(2));
      const document = lines.filter((line) => !isComment(line)).join("\n");
      const [, name = ""] = /^\w+ (\w+)/.exec(document) ?? [];
      return [name, { document, explanation: explanation.join(" ") }];
    }),
);

export const STEPS: readonly Step[] = STEPS_WITHOUT_DOCUMENTS.map((step) => {
  const { document = "", explanation = "" } = OPERATIONS.get(step.name) ?? {};
  return { ...step, document, explanation: [explanation, step.note].filter(Boolean).join(" ") };
});

/** What no operation has answered yet. */
export function missingAnswers({ needs }: Step, answers: Answers): (keyof Answers)[] {
  return needs.filter((name) => answers[name] === undefined);
}

/** The text for the editor of variables. What is missing is named, so that the reader knows what belongs there. */
export async function variablesOf(step: Step, answers: Answers): Promise<string> {
  const missing = missingAnswers(step, answers);
  const placeholders = Object.fromEntries(missing.map((name) => [name, `<${name}>`]));
  return JSON.stringify({ input: await step.input({ ...placeholders, ...answers }) }, null, 2);
}

/** Adds what an answer says that later steps need. */
export function remember(answers: Answers, data: Record<string, unknown> | null): Answers {
  const found = { ...answers };
  const read = (value: unknown) => {
    for (const [name, inner] of Object.entries(Object(value) as Record<string, unknown>)) {
      if (typeof inner === "object") read(inner);
      else if (ANSWERED.has(name)) Object.assign(found, { [name]: inner });
    }
  };
  const { completeSecretRotation: completed, ...rest } = data ?? {};
  // The rotation was that of another client.
  if (rest["createClient"]) delete found.nextClientSecret;
  read(rest);
  if (completed && found.nextClientSecret) {
    found.clientSecret = found.nextClientSecret;
    delete found.nextClientSecret;
  }
  return found;
}

const ANSWERED: ReadonlySet<string> = new Set([
  "nextClientSecret",
  ...STEPS_WITHOUT_DOCUMENTS.flatMap(({ needs }) => needs),
]);
