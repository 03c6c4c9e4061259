import type { Client } from "../clients/client.entity.js";
import type { ClientStore } from "../clients/client-store.js";
import type { ClientWriter } from "../clients/client-writer.js";
import type { Project } from "../projects/project.entity.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import { generateSecret, hashSecret, isSameHash } from "../shared/secrets.js";
import type { BearerAuthenticator } from "../tokens/bearer-authenticator.js";
import { parseClientMetadata } from "./client-metadata.js";

export interface Registration {
  client: Client;
  /** Present only when it has just been made. */
  clientSecret?: string | null;
  registrationToken?: string;
}

/**
 * Clients that register clients (RFC 7591), and registered clients that manage themselves (RFC 7592).
 * Whoever registers needs an access token with the permission `clients:register`, and can pass on no
 * scope that it does not have itself.
 */
export class ClientRegistration {
  constructor(
    private readonly clients: ClientWriter,
    private readonly store: ClientStore,
    private readonly bearerAuthenticator: BearerAuthenticator,
  ) {}

  /** @throws INVALID_TOKEN, FORBIDDEN, BAD_USER_INPUT */
  async register(
    project: Project,
    initialAccessToken: string,
    source: RequestSource,
    metadata: unknown,
  ): Promise<Registration> {
    const caller = await this.#registrar(project, initialAccessToken, source);
    const input = parseClientMetadata(metadata);
    await this.#assertRegistrarHasScopes(project, caller.actor.id, input.scopes);
    const registrationToken = generateSecret("crt");
    const { client, clientSecret } = await this.clients.create(caller, input, {
      registrationTokenHash: hashSecret(registrationToken),
      registeredBy: caller.actor.id,
    });
    return { client, clientSecret, registrationToken };
  }

  /** @throws INVALID_TOKEN: one answer for unknown client, inactive client and wrong token */
  async read(project: Project, clientId: string, token: string): Promise<Client> {
    const client = await this.store.find(project.projectId, clientId);
    const hash = client?.registrationTokenHash ?? hashSecret("nobody's");
    const isSame = isSameHash(hash, hashSecret(token));
    if (!isSame || !client?.registrationTokenHash || client.status !== "ACTIVE") {
      throw invalidToken();
    }
    return client;
  }

  /** Replaces what a client says of itself (RFC 7592 section 2.2). @throws INVALID_TOKEN, FORBIDDEN, BAD_USER_INPUT */
  async replace(
    project: Project,
    clientId: string,
    token: string,
    source: RequestSource,
    metadata: unknown,
  ): Promise<Client> {
    const client = await this.read(project, clientId, token);
    const input = parseClientMetadata(metadata, clientId);
    if (input.tokenEndpointAuthMethod !== "PRIVATE_KEY_JWT" && client.secretHash === null) {
      throw badUserInput(["token_endpoint_auth_method"], "The client has no secret");
    }
    await this.#assertRegistrarHasScopes(project, client.registeredBy ?? "", input.scopes);
    const caller = this.#asCaller(client, source);
    const { idempotencyKey: _, ...change } = input;
    return this.clients.update(caller, { clientId, ...change });
  }

  /** @throws INVALID_TOKEN */
  async delete(
    project: Project,
    clientId: string,
    token: string,
    source: RequestSource,
  ): Promise<void> {
    const client = await this.read(project, clientId, token);
    await this.clients.delete(this.#asCaller(client, source), { clientId });
  }

  async #registrar(project: Project, token: string, source: RequestSource): Promise<Caller> {
    const caller = await this.bearerAuthenticator
      .authenticate(token, source, project)
      .catch((error) => {
        throw error instanceof CountersignError ? invalidToken({ cause: error }) : error;
      });
    if (!caller.permissions.has("clients:register")) {
      throw new CountersignError("FORBIDDEN", "The token lacks the permission clients:register");
    }
    return caller;
  }

  async #assertRegistrarHasScopes(
    project: Project,
    registrarId: string,
    scopes: string[],
  ): Promise<void> {
    const registrar = await this.store.find(project.projectId, registrarId);
    const held = registrar?.scopes ?? [];
    if (scopes.every((scope) => held.includes(scope))) return;
    throw new CountersignError("BAD_USER_INPUT", "Nobody can pass on scopes beyond their own", {
      path: ["scope"],
    });
  }

  #asCaller({ projectId, clientId }: Client, source: RequestSource): Caller {
    return {
      ...source,
      projectId,
      actor: { type: "CLIENT", id: clientId },
      permissions: new Set(),
    };
  }
}

function invalidToken(options?: ErrorOptions) {
  return new CountersignError("INVALID_TOKEN", "Not a valid token", {}, options);
}
