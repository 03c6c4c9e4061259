import {
  CountersignError,
  type CountersignErrorCode,
  type CreateClientInput,
  type ErrorCode,
  type ManagementClient,
  type TrustedAuthTokenReason,
} from "@countersign/sdk/management";

/** What the compiler knows: `npm run typecheck` is the test, and nothing of it runs. */
export function typesOfErrors(error: unknown): string {
  if (!(error instanceof CountersignError)) return "another";
  const code: CountersignErrorCode = error.code;
  const maybe: number | undefined = error.retryAfterSeconds;
  // @ts-expect-error not every error has it
  const always: number = error.retryAfterSeconds;
  // @ts-expect-error no such code
  if (error.code === "VERSION_CONFLICTS") return "misspelt";
  switch (error.code) {
    case "RATE_LIMITED": {
      const seconds: number = error.retryAfterSeconds;
      const retryable: true = error.retryable;
      return `${seconds}${retryable}${always}${maybe}`;
    }
    case "INVALID_TRUSTED_AUTH_TOKEN": {
      const reason: TrustedAuthTokenReason = error.reason;
      return reason;
    }
    case "ALREADY_EXISTS": {
      const path: readonly (string | number)[] = error.path;
      return path.join();
    }
    case "VERSION_CONFLICT": {
      // @ts-expect-error a conflict is no refusal of a token
      const reason: TrustedAuthTokenReason = error.reason;
      return reason;
    }
    default:
      return code;
  }
}

/** Every code of the schema is a member of the union. */
export const codes = (code: ErrorCode): CountersignErrorCode => code;

/** The secret is a string where the server makes it, null where it makes none. */
export async function typesOfSecrets(management: ManagementClient, input: { scopes: string[] }) {
  const made: string = (await management.createClient(input)).clientSecret;
  const tokenEndpointAuthMethod = "PRIVATE_KEY_JWT";
  const keys = { jwksUrl: "https://example.com/jwks" };
  const withKeys = { ...input, tokenEndpointAuthMethod, keys } as const;
  const none: null = (await management.createClient(withKeys)).clientSecret;
  const clientId = "client-1";
  const rotated: string = (await management.rotateSecret({ clientId })).clientSecret;
  const own = await management.rotateSecret({ clientId, clientSecret: "one of my own" });
  // @ts-expect-error the server does not show what it was given
  const shown: string = own.clientSecret;
  return [made, none, rotated, shown];
}

/** What is not known when it is compiled may be either. */
export async function typesOfUnknownSecrets(
  management: ManagementClient,
  input: CreateClientInput,
) {
  const { client, clientSecret } = await management.createClient(input);
  const either: string | null = clientSecret;
  // @ts-expect-error it may be a client with keys
  const secret: string = clientSecret;
  return [client.clientId, either, secret];
}

export async function typesOfArguments(management: ManagementClient) {
  await management.clients();
  await management.clients({ filter: { status: "ACTIVE" } });
  // @ts-expect-error a client is asked for by its id
  await management.client();
  // @ts-expect-error no such field
  await management.createClient({ scopes: [], scope: "read:users" });
  // @ts-expect-error no such status
  await management.updateClient({ clientId: "client-1", status: "DELETED" });
  for await (const { clientId } of management.pages("clients")) clientId satisfies string;
  for await (const { apiId } of management.pages("apis", {}, { pageSize: 50 }))
    apiId satisfies string;
  // @ts-expect-error sessions of whom?
  management.pages("sessions");
  // @ts-expect-error a client is no list
  management.pages("client", { clientId: "client-1" });
  // @ts-expect-error the pages are counted for you
  management.pages("clients", { first: 10 });
}
