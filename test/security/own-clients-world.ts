import {
  type ApiView,
  createApi,
  createGrant,
  issueAccessToken,
  issuerFor,
} from "../oauth/oauth-operations.js";
import { GraphqlClient } from "../support/graphql-client.js";
import { type ClientView, type Credentials, createClient } from "../support/operations.js";
import type { TestServer } from "../support/test-server.js";

/** `own_clients:*`, and one permission that most callers of these tests lack. */
const PERMISSIONS = ["own_clients:read", "own_clients:write", "clients:register", "tokens:write"];

export interface Manager {
  client: ClientView & Credentials;
  /** Calls the API with an access token of the client. */
  caller: GraphqlClient;
  owner: object | null;
}

export interface ManagerOptions {
  /** Input of the client beside its owner. */
  client?: object;
  permissions?: string[];
  /** Grants on other APIs, by their ids. */
  grants?: ReadonlyMap<string, object>;
}

/** Owners with clients that manage the owner's others. */
export class OwnClientsWorld {
  private constructor(
    readonly server: TestServer,
    /** This server's own API. */
    readonly management: ApiView,
    readonly orders: ApiView,
    readonly bills: ApiView,
  ) {}

  static async create(server: TestServer): Promise<OwnClientsWorld> {
    const { operator } = server;
    const api = (name: string) =>
      createApi(operator, {
        identifier: `https://${name}.example.com`,
        scopes: ["read:all", "write:all", "read:*"].map((value) => ({ value })),
      });
    const management = await createApi(operator, {
      identifier: `${issuerFor(server)}/graphql`,
      scopes: PERMISSIONS.map((value) => ({ value })),
    });
    return new OwnClientsWorld(server, management, await api("orders"), await api("bills"));
  }

  async manager(owner: object | null, options: ManagerOptions = {}): Promise<Manager> {
    const { operator } = this.server;
    const client = await createClient(operator, {
      scopes: ["read:users"],
      ...(owner && { owner }),
      ...options.client,
    });
    const scopes = options.permissions ?? ["own_clients:read", "own_clients:write"];
    await createGrant(operator, client, this.management, { scopes });
    for (const [apiId, access] of options.grants ?? []) {
      await createGrant(operator, client, { apiId }, access);
    }
    return { client, caller: await this.callerOf(client), owner };
  }

  async callerOf(client: Credentials): Promise<GraphqlClient> {
    const audience = this.management.identifier;
    const token = await issueAccessToken(this.server, client, { audience });
    return new GraphqlClient(this.server.url, `Bearer ${token}`);
  }
}
