import { type Client, ownerOf, type RegistrationLimits } from "../clients/client.entity.js";
import type { ClientSecretStore } from "../clients/client-secret-store.js";
import type { ClientStore } from "../clients/client-store.js";
import type { ClientWriter, NewClient } from "../clients/client-writer.js";
import type { Project } from "../projects/project.entity.js";
import { assertPermitted, type Caller, type RequestSource } from "../shared/caller.js";
import { isSameOwner } from "../shared/client-owner.js";
import { everyClient } from "../shared/client-reach.js";
import type { Clock } from "../shared/clock.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import { scopeMatcher } from "../shared/scopes.js";
import { generateSecret, hashSecret, isSameHash } from "../shared/secrets.js";
import type { BearerAuthenticator } from "../tokens/bearer-authenticator.js";
import { parseClientMetadata } from "./client-metadata.js";

export interface Registration {
  client: Client;
  /** Present only in the response to the registration. */
  clientSecret?: string | null;
  registrationToken?: string;
}

/**
 * Registers clients (RFC 7591) and lets registered clients manage themselves (RFC 7592). The registrar,
 * itself a client, needs an access token with the permission `clients:register`. A registered client
 * can only have scopes of its registrar.
 */
export class ClientRegistration {
  constructor(
    private readonly clients: ClientWriter,
    private readonly store: ClientStore,
    private readonly secrets: ClientSecretStore,
    private readonly bearerAuthenticator: BearerAuthenticator,
    private readonly clock: Clock,
  ) {}

  /** @throws INVALID_TOKEN, FORBIDDEN, BAD_USER_INPUT */
  async register(
    project: Project,
    initialAccessToken: string,
    source: RequestSource,
    metadata: unknown,
  ): Promise<Registration> {
    const caller = await this.#authenticateRegistrar(project, initialAccessToken, source);
    const input = parseClientMetadata(metadata);
    assertHasScopes(await this.store.get(everyClient(caller), caller.actor.id), input.scopes);
    const registrationToken = generateSecret("crt");
    const { client, clientSecret } = await this.clients.create(everyClient(caller), input, {
      registrationTokenHash: hashSecret(registrationToken),
      registeredBy: caller.actor.id,
      owner: caller.owner,
    });
    return { client, clientSecret, registrationToken };
  }

  /**
   * @throws INVALID_TOKEN, the same for an unknown client, a wrong token, and a client or registrar that is
   *   not usable or deleted
   */
  async read(project: Project, clientId: string, token: string): Promise<Client> {
    const client = await this.#authenticate(project, clientId, token);
    await this.#liveRegistrarOf(client);
    return client;
  }

  /**
   * Replaces a client's metadata (RFC 7592 section 2.2).
   * @throws INVALID_TOKEN, BAD_USER_INPUT
   */
  async replace(
    project: Project,
    clientId: string,
    token: string,
    source: RequestSource,
    metadata: unknown,
  ): Promise<Client> {
    const client = await this.read(project, clientId, token);
    const input = parseClientMetadata(metadata, clientId);
    const hasSecret = (await this.secrets.listValid(client)).length > 0;
    if (input.tokenEndpointAuthMethod !== "PRIVATE_KEY_JWT" && !hasSecret) {
      throw badUserInput(
        ["token_endpoint_auth_method"],
        "token_endpoint_auth_method must be private_key_jwt, since the client has no secret",
      );
    }
    const caller = this.#asCaller(client, source);
    const { idempotencyKey: _, ...change } = input;
    return this.clients.update(everyClient(caller), { clientId, ...change }, async (locked) => {
      if (locked.registrationTokenHash === null) throw invalidToken();
      await this.#assertUsable(locked);
      await this.#assertMayHave(locked, input.scopes);
      assertWithinLimits(locked.registrationLimits, input);
    });
  }

  /** A client gives up its access whether its registrar is usable or not. @throws INVALID_TOKEN */
  async delete(
    project: Project,
    clientId: string,
    token: string,
    source: RequestSource,
  ): Promise<void> {
    const client = await this.#authenticate(project, clientId, token);
    await this.clients.delete(everyClient(this.#asCaller(client, source)), { clientId });
  }

  async #authenticateRegistrar(
    project: Project,
    token: string,
    source: RequestSource,
  ): Promise<Caller> {
    const caller = await this.bearerAuthenticator
      .authenticate(token, source, project.projectId)
      .catch((error) => {
        throw error instanceof CountersignError ? invalidToken({ cause: error }) : error;
      });
    assertPermitted(caller, "clients:register");
    return caller;
  }

  /** @throws INVALID_TOKEN */
  async #authenticate(project: Project, clientId: string, token: string): Promise<Client> {
    const client = await this.store.find(project.projectId, clientId);
    const hash = client?.registrationTokenHash ?? hashSecret("no client");
    const isTokenOfClient = isSameHash(hash, hashSecret(token));
    if (!isTokenOfClient || !client?.registrationTokenHash) throw invalidToken();
    await this.#assertUsable(client);
    return client;
  }

  /**
   * Additional scopes need a registrar that could still register a client with them.
   * @throws INVALID_TOKEN, BAD_USER_INPUT
   */
  async #assertMayHave(client: Client, scopes: string[]): Promise<void> {
    const registrar = await this.#liveRegistrarOf(client);
    assertHasScopes(registrar, scopes);
    if (scopes.every(scopeMatcher(client.scopes))) return;
    const permissions = await this.bearerAuthenticator.permissionsOf(registrar);
    const owner = ownerOf(registrar);
    const isOfAnother = owner !== null && !isSameOwner(owner, ownerOf(client));
    if (permissions.includes("clients:register") && !isOfAnother) return;
    throw badUserInput(
      ["scope"],
      "scope must not grow, since the registrar may not register such clients any more",
    );
  }

  /** @throws INVALID_TOKEN */
  async #liveRegistrarOf({ projectId, registeredBy }: Client): Promise<Client> {
    const registrar = await this.store.find(projectId, registeredBy ?? "");
    if (!registrar) throw invalidToken();
    await this.#assertUsable(registrar);
    return registrar;
  }

  /** @throws INVALID_TOKEN */
  async #assertUsable(client: Client): Promise<void> {
    if (!(await this.store.isUsable(client, this.clock.now()))) throw invalidToken();
  }

  #asCaller(client: Client, source: RequestSource): Caller {
    const { projectId, clientId, expiresAt } = client;
    return {
      ...source,
      projectId,
      actor: { type: "CLIENT", id: clientId },
      permissions: new Set(),
      expiresAt,
      owner: ownerOf(client),
    };
  }
}

/** @throws BAD_USER_INPUT */
function assertHasScopes(registrar: Client, scopes: string[]): void {
  if (scopes.every(scopeMatcher(registrar.scopes))) return;
  throw badUserInput(["scope"], "The registrar must itself have every scope that it grants");
}

/** What an operator has set limits what the client sets itself. @throws BAD_USER_INPUT */
function assertWithinLimits(limits: RegistrationLimits | null, input: NewClient): void {
  const { scopes, dpopBoundAccessTokens, tokenEndpointAuthMethod: method } = limits ?? {};
  if (scopes && !input.scopes.every(scopeMatcher(scopes))) {
    throw badUserInput(["scope"], "scope must be within the scopes that an operator has set");
  }
  if (dpopBoundAccessTokens && !input.dpopBoundAccessTokens) {
    throw badUserInput(
      ["dpop_bound_access_tokens"],
      "dpop_bound_access_tokens must be true, as an operator has set it",
    );
  }
  if (method === "PRIVATE_KEY_JWT" && input.tokenEndpointAuthMethod !== method) {
    throw badUserInput(
      ["token_endpoint_auth_method"],
      "token_endpoint_auth_method must be private_key_jwt, as an operator has set it",
    );
  }
}

function invalidToken(options?: ErrorOptions) {
  return new CountersignError("INVALID_TOKEN", "The access token is not valid", {}, options);
}
