import type { ApiStore } from "../../../../src/apis/api-store.js";
import type {
  MetadataContext,
  MetadataContextLoader,
} from "../../../../src/apis/metadata-context.js";
import type { ClientSecretStore } from "../../../../src/clients/client-secret-store.js";
import type { ClientStore } from "../../../../src/clients/client-store.js";
import type { ReplayDetection } from "../../../../src/persistence/replay-detection.js";
import { isSameIssuer } from "../../../../src/projects/issuer-location.js";
import type { Project } from "../../../../src/projects/project.entity.js";
import type { ProjectStore } from "../../../../src/projects/project-store.js";
import type { KeySetLoader } from "../../../../src/signing-keys/key-set-loader.js";
import type { TokenContextLoader } from "../../../../src/tokens/token-context.js";
import type { TokenRevocations } from "../../../../src/tokens/token-revocations.js";
import { belowIssuer } from "../../shared/issuer-url.js";
import type { Records } from "./records.js";
import type { SigningKeys } from "./signing-keys.js";

// What the server reads from its database, read from the records.

export class Projects
  implements
    Pick<
      ProjectStore,
      | "publicUrl"
      | "issuerFor"
      | "baseUrlFor"
      | "sessionAudienceOf"
      | "isIssuerOf"
      | "isAudienceOf"
      | "issuerAt"
      | "resolve"
      | "find"
      | "get"
      | "findByIssuer"
    >
{
  constructor(private readonly records: Records) {}

  get publicUrl(): string {
    return new URL(this.records.project.issuer).origin;
  }

  issuerFor(): string {
    return this.records.project.issuer;
  }

  baseUrlFor(): string {
    return belowIssuer(this.issuerFor(), "");
  }

  sessionAudienceOf(issuer: string): string {
    return belowIssuer(issuer, "/sessions");
  }

  async isIssuerOf(_project: unknown, issuer: string): Promise<boolean> {
    return isSameIssuer(this.issuerFor(), issuer);
  }

  async isAudienceOf(_project: unknown, audience: string): Promise<boolean> {
    return audience === this.issuerFor() || audience === `${this.baseUrlFor()}/oauth/token`;
  }

  async issuerAt(): Promise<string> {
    return this.issuerFor();
  }

  async resolve(): Promise<Project> {
    return this.records.project;
  }

  async find(projectId: string): Promise<Project | null> {
    const { project } = this.records;
    return project.projectId === projectId ? project : null;
  }

  async get(): Promise<Project> {
    return this.records.project;
  }

  async findByIssuer(issuer: string): Promise<Project | null> {
    return isSameIssuer(this.issuerFor(), issuer) ? this.records.project : null;
  }
}

export class Apis implements Pick<ApiStore, "findByIdentifier"> {
  constructor(private readonly records: Records) {}

  async findByIdentifier(_projectId: string, identifier: string) {
    return this.records.apis.get(identifier) ?? null;
  }
}

/** APIs of tests advertise no scopes. */
export class MetadataContexts implements Pick<MetadataContextLoader, "load"> {
  constructor(private readonly records: Records) {}

  async load(): Promise<MetadataContext> {
    return { issuer: this.records.project.issuer, scopes: [] };
  }
}

export class KeySets implements Pick<KeySetLoader, "load"> {
  constructor(private readonly keys: SigningKeys) {}

  async load(): Promise<string> {
    return JSON.stringify(await this.keys.jwks());
  }
}

export class Clients implements Pick<ClientStore, "findWithUsability"> {
  constructor(private readonly records: Records) {}

  async findWithUsability(_projectId: string, clientId: string) {
    const client = this.records.clients.get(clientId);
    return client ? Object.assign(client, { isOwnerActive: true }) : null;
  }
}

export class ClientSecrets implements Pick<ClientSecretStore, "listValid"> {
  constructor(private readonly records: Records) {}

  async listValid({ clientId }: { clientId: string }) {
    return this.records.secrets.get(clientId) ?? [];
  }
}

export class TokenContexts implements Pick<TokenContextLoader, "load"> {
  constructor(private readonly records: Records) {}

  async load(_project: unknown, clientId: string, audience: string | null | undefined) {
    const { project, apis, clients, secrets, grants } = this.records;
    const client = clients.get(clientId);
    const api = apis.get(audience ?? project.defaultAudience ?? "") ?? null;
    const grant = grants.get(clientId)?.find(({ apiId }) => apiId === api?.apiId) ?? null;
    return {
      project,
      client: client ? Object.assign(client, { isOwnerActive: true }) : null,
      secrets: secrets.get(clientId) ?? [],
      api,
      grant,
      signingKey: null,
    };
  }
}

export class Revocations implements Pick<TokenRevocations, "isRevoked" | "revoke"> {
  constructor(private readonly records: Records) {}

  async isRevoked(_projectId: string, jti: string): Promise<boolean> {
    return this.records.revokedTokenIds.has(jti);
  }

  async revoke(_caller: unknown, { jti }: { jti: string }): Promise<void> {
    this.records.revokedTokenIds.add(jti);
  }
}

export class UsedIds implements Pick<ReplayDetection, "consume"> {
  readonly #used = new Set<string>();

  async consume(namespace: string, id: readonly string[]): Promise<boolean> {
    const key = JSON.stringify([namespace, ...id]);
    if (this.#used.has(key)) return false;
    this.#used.add(key);
    return true;
  }
}
