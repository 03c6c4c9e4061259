import { applyChange } from "../persistence/apply-change.js";
import { isUniqueViolation } from "../persistence/database-errors.js";
import { assertVersion } from "../persistence/optimistic-lock.js";
import { keysetPage, type Page, type PageRequest } from "../persistence/page.js";
import type { Platform } from "../platform/platform.js";
import { assertLifetimeAllowed } from "../projects/access-token-lifetime.js";
import {
  Project,
  type SigningAlgorithm,
  type TokenProfileName,
} from "../projects/project.entity.js";
import type { AssertClientExists, PrepareSigningKey } from "../projects/project.service.js";
import { assertMayGrant, assertPermitted, type Caller } from "../shared/caller.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import { isFirstProjectPermission, isPermission } from "../shared/permissions.js";
import { validate, validateChange } from "../shared/validation.js";
import { assertAdvertisable, dropUnknownAdvertised } from "./advertised-scopes.js";
import { Api, type ApiScope } from "./api.entity.js";
import { apiRef, createApiRules, updateApiRules } from "./api-rules.js";
import { type ApiStore, apiNotFound, canBeManagementApi } from "./api-store.js";
import { buildApi } from "./build-api.js";

export interface ApiSettings {
  advertisedScopes?: string[] | null;
  signingAlgorithm?: SigningAlgorithm | null;
  force?: boolean | null;
  accessTokenLifetimeSeconds?: number | null;
  tokenProfile?: TokenProfileName | null;
  allowOmittedScope?: boolean | null;
  permissionsClaim?: boolean | null;
  introspectionClientId?: string | null;
}

export interface NewApi extends ApiSettings {
  identifier: string;
  name: string;
  scopes?: { value: string; description?: string | null }[] | null;
  idempotencyKey?: string | null;
}

export interface ApiChange extends ApiSettings {
  apiId: string;
  name?: string | null;
  scopes?: { value: string; description?: string | null }[] | null;
  expectedVersion?: number | null;
}

export interface ApiRef {
  apiId: string;
  expectedVersion?: number | null;
}

/**
 * Takes scopes that an API does not define any more from its grants, in the active unit of work; grants rank higher than
 * APIs. @returns the ids of the grants
 */
export type NarrowGrants = (
  caller: Caller,
  api: Api,
  formerScopes: readonly ApiScope[],
) => Promise<string[]>;

export interface UpdatedApi {
  api: Api;
  /** Ids of the grants that lost scopes. */
  narrowedGrantIds: string[];
}

/** Reads and manages APIs. */
export class ApiService {
  constructor(
    private readonly platform: Platform,
    private readonly prepareSigningKey: PrepareSigningKey,
    private readonly store: ApiStore,
    private readonly assertClientExists: AssertClientExists,
    private readonly narrowGrants: NarrowGrants,
  ) {}

  async find(caller: Caller, apiId: string): Promise<Api | null> {
    assertPermitted(caller, "apis:read");
    return this.platform.batchedReads.find(caller, Api, "apiId", apiId);
  }

  async findByIdentifier(caller: Caller, identifier: string): Promise<Api | null> {
    assertPermitted(caller, "apis:read");
    return this.store.findByIdentifier(caller.projectId, identifier);
  }

  async list(caller: Caller, request: PageRequest): Promise<Page<Api>> {
    assertPermitted(caller, "apis:read");
    const { projectId } = caller;
    const query = this.platform.unitOfWork.read.createQueryBuilder(Api, "api").where({ projectId });
    return keysetPage(query, request, { by: "createdAt", id: "apiId", direction: "DESC" });
  }

  /** @throws BAD_USER_INPUT, CLIENT_NOT_FOUND, ALREADY_EXISTS if the identifier is in use, IDEMPOTENCY_CONFLICT */
  async create(caller: Caller, input: NewApi): Promise<Api> {
    assertPermitted(caller, "apis:write");
    const rules = validate(createApiRules, input);
    const { projectId } = caller;
    if (await this.store.isReservedIdentifier(projectId, rules.identifier)) throw identifierTaken();
    return this.platform.idempotency.run(
      { projectId, operation: "createApi", key: rules.idempotencyKey, input: rules },
      async (recordResult) => {
        const api = buildApi(projectId, rules, this.platform.clock.now());
        assertAdvertisable(api);
        await this.#validate(caller, api, ["input", "scopes"]);
        const changeAlgorithm = await this.#prepareAlgorithm(caller, rules);
        await this.platform.unitOfWork.write(async (manager) => {
          await this.#assertIntrospectionClient(projectId, rules);
          await changeAlgorithm(api);
          const { accessTokenLifetimeSeconds: lifetime } = rules;
          await assertLifetimeAllowed(this.platform.unitOfWork, projectId, lifetime);
          await manager.insert(Api, api).catch((error: unknown) => {
            throw isUniqueViolation(error) ? identifierTaken() : error;
          });
          await recordResult(api.apiId);
          await this.platform.auditLog.record(caller, {
            action: "api.create",
            targetId: api.apiId,
          });
        });
        return api;
      },
      (apiId) => this.store.get(projectId, apiId),
    );
  }

  /** The change applies from the next token, except that of the algorithm (ADR 0008). @throws API_NOT_FOUND, CLIENT_NOT_FOUND, VERSION_CONFLICT */
  async update(caller: Caller, input: ApiChange): Promise<UpdatedApi> {
    assertPermitted(caller, "apis:write");
    const rules = validateChange(updateApiRules, input);
    const { apiId, expectedVersion, force: _force, signingAlgorithm: _algorithm, ...patch } = rules;
    const { projectId } = caller;
    const changeAlgorithm = await this.#prepareAlgorithm(caller, rules);
    return this.platform.unitOfWork.write(async (manager) => {
      // Changes of clients lock the client before its project.
      await this.#assertIntrospectionClient(projectId, rules);
      // Everything locks the project before its APIs, and an API before its grants.
      if (rules.signingAlgorithm) {
        await this.platform.unitOfWork.findForUpdate(Project, { projectId });
      }
      const { accessTokenLifetimeSeconds: lifetime } = patch;
      await assertLifetimeAllowed(this.platform.unitOfWork, projectId, lifetime);
      const api = await this.platform.unitOfWork.findForUpdate(Api, { projectId, apiId });
      if (!api) throw apiNotFound();
      assertVersion(api.version, expectedVersion);
      const { scopes: formerScopes } = api;
      const isChanged = await applyChange(api, this.platform.clock.now(), async (loaded) => {
        await changeAlgorithm(loaded);
        Object.assign(loaded, patch);
        if (patch.advertisedScopes === undefined) dropUnknownAdvertised(loaded);
      });
      assertAdvertisable(api);
      await this.#validate(caller, api, patch.scopes ? ["input", "scopes"] : ["input"]);
      if (!isChanged) return { api, narrowedGrantIds: [] };
      const { apiId: _, ...columns } = api;
      await manager.update(Api, { projectId, apiId }, columns);
      await this.platform.auditLog.record(caller, { action: "api.update", targetId: apiId });
      const narrowedGrantIds = patch.scopes
        ? await this.narrowGrants(caller, api, formerScopes)
        : [];
      return { api, narrowedGrantIds };
    });
  }

  /** Deletes an API and its grants. @throws API_NOT_FOUND, VERSION_CONFLICT */
  async delete(caller: Caller, input: ApiRef): Promise<string> {
    assertPermitted(caller, "apis:write");
    const { apiId, expectedVersion } = validate(apiRef, input);
    const { projectId } = caller;
    await this.platform.unitOfWork.write(async (manager) => {
      const api = await this.platform.unitOfWork.findForUpdate(Api, { projectId, apiId });
      if (!api) throw apiNotFound();
      assertVersion(api.version, expectedVersion);
      await manager.delete(Api, { projectId, apiId });
      await this.platform.auditLog.record(caller, { action: "api.delete", targetId: apiId });
    });
    return apiId;
  }

  async #assertIntrospectionClient(
    projectId: string,
    { introspectionClientId: clientId }: Pick<ApiSettings, "introspectionClientId">,
  ): Promise<void> {
    if (clientId) await this.assertClientExists(projectId, clientId);
  }

  /** This server's own API can only have permissions of this server as scopes. */
  async #validate(caller: Caller, api: Api, pathOfGrant: string[]): Promise<void> {
    const scopes = api.scopes.map((scope) => scope.value);
    const unknown = scopes.findIndex(
      (scope) => !isPermission(scope) || isFirstProjectPermission(scope),
    );
    if (unknown >= 0 && (await this.store.isManagementApi(api))) {
      throw badUserInput(
        ["input", "scopes", unknown, "value"],
        "Must be a permission of this server that access tokens can have",
      );
    }
    const permissions = canBeManagementApi(api) ? scopes.filter(isPermission) : [];
    assertMayGrant(caller, permissions, pathOfGrant);
  }

  /** @returns a function that sets the algorithm of an API; must run in a unit of work */
  async #prepareAlgorithm(
    caller: Caller,
    { signingAlgorithm, force }: Pick<ApiSettings, "signingAlgorithm" | "force">,
  ): Promise<(api: Api) => Promise<void>> {
    if (signingAlgorithm === undefined) return async () => {};
    const storeKey =
      signingAlgorithm && (await this.prepareSigningKey(caller, signingAlgorithm, force ?? false));
    return async (api) => {
      const signsNow = !storeKey || (await storeKey(this.platform.unitOfWork.activeManager));
      const former = signsNow ? null : await this.store.currentSigningAlgorithm(api);
      Object.assign(api, { signingAlgorithm, formerSigningAlgorithm: former });
    };
  }
}

function identifierTaken() {
  return new CountersignError("ALREADY_EXISTS", "This identifier is already in use", {
    path: ["input", "identifier"],
  });
}
