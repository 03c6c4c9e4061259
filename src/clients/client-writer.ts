import type { KeySetPolicy } from "../key-sets/key-set-url.js";
import type { KeySourceSettings } from "../key-sets/key-source-rules.js";
import { toKeySource } from "../key-sets/public-key.js";
import { normalizeName } from "../persistence/name-search.js";
import type { Platform } from "../platform/platform.js";
import { assertLifetimeAllowed } from "../projects/access-token-lifetime.js";
import { isSameOwner } from "../shared/client-owner.js";
import type { ClientReach } from "../shared/client-reach.js";
import { newId } from "../shared/ids.js";
import { type Maker, makerOf } from "../shared/maker.js";
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
import {
  type Client,
  type ClientStatus,
  ownerColumns,
  ownerOf,
  type TokenEndpointAuthMethod,
} from "./client.entity.js";
import type { ClientAuthority } from "./client-authority.js";
import { endsLater, endTokens, limitsAfter, replaceKeys, widensAccess } from "./client-change.js";
import type { ClientDeletion } from "./client-deletion.js";
import type { ClientOwnerReference } from "./client-owner-rules.js";
import type { ClientOwners } from "./client-owners.js";
import { clientRef, createClientRules, updateClientRules } from "./client-rules.js";
import type { ClientRef, ClientStore } from "./client-store.js";
import { assertSaysNothingOfOperators, type OwnClientCreation } from "./own-client-creation.js";

/** How a client authenticates, as input. */
export interface ClientAuthenticationInput {
  tokenEndpointAuthMethod?: TokenEndpointAuthMethod | null;
  keys?: KeySourceSettings | null;
}

/** Whom a client belongs to, as input. */
export interface ClientOwnerInput {
  owner?: ClientOwnerReference | null;
}

export interface NewClient extends ClientDescription, ClientAuthenticationInput, ClientOwnerInput {
  scopes: string[];
  /** End of the generated secret; absent: it does not end by itself. */
  secretExpiresAt?: Date | null;
  idempotencyKey?: string | null;
}

/** An absent field stays unchanged, and null clears a field. Trusted metadata is merged at its top level. */
export interface ClientChange
  extends ClientDescription,
    ClientAuthenticationInput,
    ClientOwnerInput {
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
    private readonly deletion: ClientDeletion,
    private readonly owners: ClientOwners,
    private readonly authority: ClientAuthority,
    private readonly ownClients: OwnClientCreation,
    keySetPolicy: KeySetPolicy,
  ) {
    this.#createRules = createClientRules(keySetPolicy);
    this.#updateRules = updateClientRules(keySetPolicy);
  }

  /**
   * Generates a secret, except for private_key_jwt.
   * @throws BAD_USER_INPUT, ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND, IDEMPOTENCY_CONFLICT
   */
  async create(
    reach: ClientReach,
    input: NewClient,
    registration: RegistrationOrigin = UNREGISTERED,
  ): Promise<CreatedClient> {
    const rules = validate(this.#createRules, input);
    assertSaysNothingOfOperators(reach, { ...rules, owner: rules.owner ?? undefined });
    const { caller, projectId } = reach;
    return this.platform.idempotency.run<CreatedClient>(
      { ...reach, operation: "createClient", key: rules.idempotencyKey, input: rules },
      async (recordResult) => {
        const keys = rules.keys && (await toKeySource(rules.keys));
        const owner = rules.owner ?? reach.owner;
        const settings = { ...rules, owner, ...registration, keys };
        const now = this.platform.clock.now();
        const maker = makerOf(caller);
        const client = buildClient(projectId, newId("client"), settings, maker, now);
        const { clientSecret, secret } = firstSecret(client, maker, rules.secretExpiresAt, now);
        await this.platform.unitOfWork.write(async () => {
          await this.ownClients.complete(reach, client, rules);
          await this.store.insert(caller, client, secret, "client.create");
          await recordResult(client.clientId);
        });
        return { client, clientSecret };
      },
      async (clientId) => ({
        client: await this.store.get(reach, clientId),
        clientSecret: null,
      }),
    );
  }

  /**
   * @param assertAllowed checks a change that a registered client makes to itself (RFC 7592), before it is made;
   *   absent: an operator makes it, and what it sets becomes the client's limit
   * @throws BAD_USER_INPUT, CLIENT_NOT_FOUND, FORBIDDEN, VERSION_CONFLICT, PRECONDITION_FAILED,
   *   ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND
   */
  async update(
    reach: ClientReach,
    input: ClientChange,
    assertAllowed?: (client: Client) => Promise<void>,
  ): Promise<Client> {
    const { clientId, expectedVersion, ...patch } = validateChange(this.#updateRules, input);
    const { trustedMetadata, keys, owner, ...columns } = patch;
    assertSaysNothingOfOperators(reach, { trustedMetadata, owner });
    const keySource = keys && (await toKeySource(keys));
    const ref = { clientId, expectedVersion };
    return this.platform.unitOfWork.write(async () => {
      if (owner) await this.owners.lock(reach.projectId, owner);
      return this.store.change(reach, ref, "client.update", async (client) => {
        const { accessTokenLifetimeSeconds: lifetime } = columns;
        await assertLifetimeAllowed(this.platform.unitOfWork, client.projectId, lifetime);
        await assertAllowed?.(client);
        const before = { ...client };
        if (trustedMetadata) {
          client.trustedMetadata = mergeTrustedMetadata(client.trustedMetadata, trustedMetadata);
        }
        Object.assign(client, columns, owner !== undefined && ownerColumns(owner));
        client.normalizedName = normalizeName(client.name);
        if (keySource !== undefined)
          replaceKeys(client, keyColumns(keySource, makerOf(reach.caller)));
        if (client.registeredBy !== null && !assertAllowed) {
          client.registrationLimits = limitsAfter(client, columns);
        }
        assertKeysMatchMethod(client);
        await this.authority.assertMayPassOn(reach, before, client);
        await this.#assertMayWiden(reach, before, client);
        await this.#leaveFormerOwner(before, client);
      });
    });
  }

  /** @throws CLIENT_NOT_FOUND, VERSION_CONFLICT */
  async delete(reach: ClientReach, input: ClientRef): Promise<string> {
    const client = await this.deletion.delete(reach, validate(clientRef, input));
    return client.clientId;
  }

  /** @throws FORBIDDEN, PRECONDITION_FAILED */
  async #assertMayWiden(reach: ClientReach, before: Client, client: Client): Promise<void> {
    if (!widensAccess(before, client)) return;
    const isLater = endsLater(before, client);
    const isOfAnother = !isSameOwner(ownerOf(before), ownerOf(client));
    const path = ["input", isLater ? "expiresAt" : isOfAnother ? "owner" : "clientId"];
    await this.authority.assertMayActAs(reach, client, path);
    if (isLater || isOfAnother) await this.authority.assertCredentialsSuffice(client, path);
  }

  /** The former owner may have the registration token, and tokens with which it could manage the next one's clients. */
  async #leaveFormerOwner(before: Client, client: Client): Promise<void> {
    const [former, next] = [ownerOf(before), ownerOf(client)];
    if (isSameOwner(former, next)) return;
    if (former) client.registrationTokenHash = null;
    if (next && (await this.authority.managesOwnClients(client))) {
      endTokens(client, this.platform.clock.now());
    }
  }
}

function firstSecret(client: Client, maker: Maker, expiresAt: Date | null | undefined, now: Date) {
  if (client.tokenEndpointAuthMethod === "PRIVATE_KEY_JWT") {
    if (expiresAt) throw noSecretToExpire();
    return { clientSecret: null, secret: null };
  }
  const { clientSecret, hashed } = generateClientSecret();
  return {
    clientSecret,
    secret: buildClientSecret(client, hashed, "CURRENT", maker, expiresAt, now),
  };
}
