import type { KeySourceSettings } from "../key-sets/key-source-rules.js";
import { toKeySource } from "../key-sets/public-key.js";
import { normalizeName } from "../persistence/name-search.js";
import type { Platform } from "../platform/platform.js";
import { assertLifetimeAllowed } from "../projects/access-token-lifetime.js";
import type { Caller } from "../shared/caller.js";
import { newId } from "../shared/ids.js";
import { mergeTrustedMetadata } from "../shared/trusted-metadata.js";
import { validate, validateChange } from "../shared/validation.js";
import {
  assertKeysMatchMethod,
  buildClient,
  type ClientDescription,
  keyColumns,
  type RegistrationOrigin,
} from "./build-client.js";
import {
  buildClientSecret,
  generateClientSecret,
  noSecretToExpire,
} from "./build-client-secret.js";
import type { Client, ClientStatus, TokenEndpointAuthMethod } from "./client.entity.js";
import { clientRef, createClientRules, updateClientRules } from "./client-rules.js";
import type { AssertMayActAs, ClientRef, ClientStore } from "./client-store.js";

/** How a client authenticates, as input. */
export interface ClientAuthenticationInput {
  tokenEndpointAuthMethod?: TokenEndpointAuthMethod | null;
  keys?: KeySourceSettings | null;
}

export interface NewClient extends ClientDescription, ClientAuthenticationInput {
  scopes: string[];
  /** End of the generated secret; absent: it does not end by itself. */
  secretExpiresAt?: Date | null;
  idempotencyKey?: string | null;
}

/** An absent field stays unchanged, and null clears a field. Trusted metadata is merged at its top level. */
export interface ClientChange extends ClientDescription, ClientAuthenticationInput {
  clientId: string;
  scopes?: string[] | null;
  status?: ClientStatus | null;
  expectedVersion?: number | null;
}

/** The secret is shown only once: it is null if the call repeats another, or if none was generated. */
export interface CreatedClient {
  client: Client;
  clientSecret: string | null;
}

const UNREGISTERED: RegistrationOrigin = { registrationTokenHash: null, registeredBy: null };

/**
 * Creates, changes and deletes clients without checking permissions: `ClientService` checks the caller's
 * permissions, `ClientRegistration` an access token.
 */
export class ClientWriter {
  readonly #createRules: ReturnType<typeof createClientRules>;
  readonly #updateRules: ReturnType<typeof updateClientRules>;

  constructor(
    private readonly platform: Platform,
    private readonly store: ClientStore,
    private readonly assertMayActAs: AssertMayActAs,
    allowInsecureJwks: boolean,
  ) {
    this.#createRules = createClientRules(allowInsecureJwks);
    this.#updateRules = updateClientRules(allowInsecureJwks);
  }

  /** Generates a secret, except for private_key_jwt. @throws BAD_USER_INPUT, IDEMPOTENCY_CONFLICT */
  async create(
    caller: Caller,
    input: NewClient,
    registration: RegistrationOrigin = UNREGISTERED,
  ): Promise<CreatedClient> {
    const rules = validate(this.#createRules, input);
    const { projectId } = caller;
    return this.platform.idempotency.run<CreatedClient>(
      { projectId, operation: "createClient", key: rules.idempotencyKey, input: rules },
      async (recordResult) => {
        const keys = rules.keys && (await toKeySource(rules.keys));
        const settings = { ...rules, ...registration, keys };
        const now = this.platform.clock.now();
        const client = buildClient(projectId, newId("client"), settings, now);
        const { clientSecret, secret } = firstSecret(client, rules.secretExpiresAt, now);
        await this.platform.unitOfWork.write(async () => {
          await this.#assertLifetimeAllowed(projectId, rules.accessTokenLifetimeSeconds);
          await this.store.insert(caller, client, secret, "client.create");
          await recordResult(client.clientId);
        });
        return { client, clientSecret };
      },
      async (clientId) => ({
        client: await this.store.get(projectId, clientId),
        clientSecret: null,
      }),
    );
  }

  /** @throws BAD_USER_INPUT, CLIENT_NOT_FOUND, FORBIDDEN, VERSION_CONFLICT */
  async update(caller: Caller, input: ClientChange): Promise<Client> {
    const { clientId, expectedVersion, ...patch } = validateChange(this.#updateRules, input);
    const { trustedMetadata, keys, ...columns } = patch;
    const keySource = keys && (await toKeySource(keys));
    return this.store.change(
      caller,
      { clientId, expectedVersion },
      "client.update",
      async (client) => {
        await this.#assertLifetimeAllowed(client.projectId, columns.accessTokenLifetimeSeconds);
        if (grantsAccess(patch)) await this.assertMayActAs(caller, clientId);
        if (trustedMetadata) {
          client.trustedMetadata = mergeTrustedMetadata(client.trustedMetadata, trustedMetadata);
        }
        Object.assign(client, columns);
        client.normalizedName = normalizeName(client.name);
        if (keySource !== undefined) Object.assign(client, keyColumns(keySource));
        assertKeysMatchMethod(client);
      },
    );
  }

  /** @throws CLIENT_NOT_FOUND, VERSION_CONFLICT */
  async delete(caller: Caller, input: ClientRef): Promise<string> {
    const client = await this.store.delete(caller, validate(clientRef, input));
    return client.clientId;
  }

  async #assertLifetimeAllowed(
    projectId: string,
    seconds: number | null | undefined,
  ): Promise<void> {
    await assertLifetimeAllowed(this.platform.unitOfWork, projectId, seconds);
  }
}

function firstSecret(client: Client, expiresAt: Date | null | undefined, now: Date) {
  if (client.tokenEndpointAuthMethod === "PRIVATE_KEY_JWT") {
    if (expiresAt) throw noSecretToExpire();
    return { clientSecret: null, secret: null };
  }
  const { clientSecret, hashed } = generateClientSecret();
  return { clientSecret, secret: buildClientSecret(client, hashed, "CURRENT", expiresAt, now) };
}

/** Whether a change can let somebody act as the client who could not do so before. */
function grantsAccess(patch: { status?: ClientStatus | undefined }): boolean {
  return patch.status === "ACTIVE" || CREDENTIAL_FIELDS.some((name) => name in patch);
}

const CREDENTIAL_FIELDS = [
  "tokenEndpointAuthMethod",
  "keys",
  "dpopBoundAccessTokens",
  "grantTypes",
  "expiresAt",
] as const satisfies readonly (keyof ClientChange)[];
