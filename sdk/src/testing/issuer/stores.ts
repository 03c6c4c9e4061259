import type { ApiStore } from "../../../../src/apis/api-store.js";
import type {
  MetadataContext,
  MetadataContextLoader,
} from "../../../../src/apis/metadata-context.js";
import type { CallerClaim, EndpointContextLoader } from "../../../../src/oauth/endpoint-context.js";
import type { ReplayDetection } from "../../../../src/persistence/replay-detection.js";
import type { Project } from "../../../../src/projects/project.entity.js";
import type { ProjectStore } from "../../../../src/projects/project-store.js";
import type { KeySetLoader } from "../../../../src/signing-keys/key-set-loader.js";
import { audienceOf, clientIdOf } from "../../../../src/tokens/access-token-claims.js";
import type { TokenContextLoader } from "../../../../src/tokens/token-context.js";
import type { TokenRevocations } from "../../../../src/tokens/token-revocations.js";
import type { UnverifiedAccessToken } from "../../../../src/tokens/unverified-access-token.js";
import type { VerificationContextLoader } from "../../../../src/tokens/verification-context.js";
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
      | "isAudienceOf"
      | "issuerAt"
      | "resolve"
      | "find"
      | "get"
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

export class TokenContexts implements Pick<TokenContextLoader, "load"> {
  constructor(private readonly records: Records) {}

  async load(_project: unknown, clientId: string, audience: string | null | undefined) {
    const { project, apis, secrets, grants } = this.records;
    const api = apis.get(audience ?? project.defaultAudience ?? "") ?? null;
    const grant = grants.get(clientId)?.find(({ apiId }) => apiId === api?.apiId) ?? null;
    return {
      project,
      client: clientWithUsability(this.records, clientId),
      secrets: secrets.get(clientId) ?? [],
      api,
      grant,
      signingKey: null,
    };
  }
}

export class VerificationContexts implements Pick<VerificationContextLoader, "load"> {
  constructor(
    private readonly records: Records,
    private readonly keys: SigningKeys,
  ) {}

  async load(_projectId: unknown, token: UnverifiedAccessToken | null) {
    const { project, revokedTokenIds } = this.records;
    return {
      project,
      issuer: null,
      signingKey: await this.keys.find(token?.kid),
      client: clientWithUsability(this.records, token ? clientIdOf(token.claims) : undefined),
      isRevoked: revokedTokenIds.has(token?.claims.jti ?? ""),
    };
  }
}

export class EndpointContexts implements Pick<EndpointContextLoader, "load"> {
  readonly #contexts: VerificationContexts;

  constructor(
    private readonly records: Records,
    keys: SigningKeys,
  ) {
    this.#contexts = new VerificationContexts(records, keys);
  }

  async load(
    projectId: string,
    token: UnverifiedAccessToken | null,
    { clientId = "" }: CallerClaim,
  ) {
    const { apis, secrets } = this.records;
    const [currentSecret = null, otherSecret = null] = secrets.get(clientId) ?? [];
    return {
      ...(await this.#contexts.load(projectId, token)),
      api: apis.get((token && audienceOf(token.claims)) ?? "") ?? null,
      managementKey: null,
      caller: clientWithUsability(this.records, clientId),
      isCallersOwnerActive: true,
      currentSecret,
      otherSecret,
    };
  }
}

function clientWithUsability({ clients }: Records, clientId: string | undefined) {
  const client = clients.get(clientId ?? "");
  return client ? Object.assign(client, { isOwnerActive: true }) : null;
}

export class Revocations implements Pick<TokenRevocations, "revoke"> {
  constructor(private readonly records: Records) {}

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
