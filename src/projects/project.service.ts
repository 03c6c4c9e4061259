import { type EntityManager, type EntityTarget, MoreThan } from "typeorm";
import { z } from "zod";
import { applyChange } from "../persistence/apply-change.js";
import { assertVersion } from "../persistence/optimistic-lock.js";
import type { Platform } from "../platform/platform.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { secondsFrom } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import { metadataKeys } from "../shared/trusted-metadata.js";
import { expectedVersion, idToLookUp, singleLine, validateChange } from "../shared/validation.js";
import { accessTokenLifetimeSeconds, assertWithinMaximum } from "./access-token-lifetime.js";
import { claimsTemplateText } from "./claims-template-rules.js";
import { issuerUrl } from "./issuer-location.js";
import {
  ENVIRONMENTS,
  type Environment,
  Project,
  SESSION_TOKEN_PROFILES,
  type SessionTokenProfileName,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
  TOKEN_PROFILES,
  type TokenProfileName,
} from "./project.entity.js";
import type { ProjectIssuers } from "./project-issuers.js";
import type { ProjectStore } from "./project-store.js";
import { sessionMinutes } from "./session-limits.js";
import { currentSigningAlgorithm } from "./signing-algorithm.js";
import { M2M_TEMPLATE, SESSION_TEMPLATE } from "./template-language.js";
import { unknownProject } from "./unknown-project.js";

export interface ProjectChange {
  name?: string | null;
  environment?: Environment | null;
  claimsTemplate?: string | null;
  sessionClaimsTemplate?: string | null;
  accessTokenLifetimeSeconds?: number | null;
  maximumAccessTokenLifetimeSeconds?: number | null;
  maximumSessionDurationMinutes?: number | null;
  maximumSessionAgeMinutes?: number | null;
  signingAlgorithm?: SigningAlgorithm | null;
  force?: boolean | null;
  sessionTokenProfile?: SessionTokenProfileName | null;
  maximumClientsPerOwner?: number | null;
  inheritedMetadataKeys?: string[] | null;
  issuer?: string | null;
  tokenProfile?: TokenProfileName | null;
  defaultAudience?: string | null;
  introspectionClientId?: string | null;
  signingKeyRotationDays?: number | null;
  allowBasicVerification?: boolean | null;
  expectedVersion?: number | null;
}

/**
 * Generates keys if the project has no current key of this algorithm.
 * @param force whether the algorithm signs even if verifiers may not have its key
 * @returns a function that stores the keys in the caller's unit of work, with the project locked, and
 *   tells whether the algorithm signs at once
 */
export type PrepareSigningKey = (
  caller: Caller,
  algorithm: SigningAlgorithm,
  force: boolean,
) => Promise<(manager: EntityManager) => Promise<boolean>>;

/** Keeps a client until the active unit of work commits; clients rank higher than projects. @throws CLIENT_NOT_FOUND */
export type AssertClientExists = (projectId: string, clientId: string) => Promise<void>;

/** Something with a lifetime of its own for its access tokens. */
export interface LifetimeOwner {
  projectId: string;
  accessTokenLifetimeSeconds: number | null;
}

/** @returns the longest lifetime in seconds of a token that the project's published keys have signed */
export type LongestIssuedLifetime = (projectId: string) => Promise<number>;

/** Allows for verifiers' clocks, and for tokens that are signed during the change. */
const ISSUER_MARGIN_SECONDS = 300;

export const projectName = singleLine(1, 128);

const changeRules = z.object({
  name: projectName.optional(),
  environment: z.enum(ENVIRONMENTS).optional(),
  claimsTemplate: claimsTemplateText(M2M_TEMPLATE).nullish(),
  sessionClaimsTemplate: claimsTemplateText(SESSION_TEMPLATE).nullish(),
  accessTokenLifetimeSeconds: accessTokenLifetimeSeconds.optional(),
  maximumAccessTokenLifetimeSeconds: accessTokenLifetimeSeconds.optional(),
  maximumSessionDurationMinutes: sessionMinutes.nullish(),
  maximumSessionAgeMinutes: sessionMinutes.nullish(),
  signingAlgorithm: z.enum(SIGNING_ALGORITHMS).optional(),
  force: z.boolean().nullish(),
  sessionTokenProfile: z.enum(SESSION_TOKEN_PROFILES).optional(),
  maximumClientsPerOwner: z
    .number()
    .int()
    .min(0, "Must not be negative")
    .max(1_000_000, "Must be at most 1000000")
    .optional(),
  inheritedMetadataKeys: metadataKeys.optional(),
  issuer: issuerUrl.nullish(),
  tokenProfile: z.enum(TOKEN_PROFILES).optional(),
  defaultAudience: singleLine(1, 600).nullish(),
  introspectionClientId: idToLookUp.nullish(),
  signingKeyRotationDays: z
    .number()
    .int()
    .min(1, "Must be at least 1 day")
    .max(365, "Must be at most 365 days")
    .nullish(),
  allowBasicVerification: z.boolean().optional(),
  expectedVersion,
});

/** Reads and changes the settings of the caller's project. */
export class ProjectService {
  /** @param lifetimeOwners entities whose lifetimes the project's maximum limits */
  constructor(
    private readonly platform: Platform,
    private readonly prepareSigningKey: PrepareSigningKey,
    private readonly store: ProjectStore,
    private readonly issuers: ProjectIssuers,
    private readonly longestIssuedLifetime: LongestIssuedLifetime,
    private readonly assertClientExists: AssertClientExists,
    private readonly lifetimeOwners: readonly EntityTarget<LifetimeOwner>[],
  ) {}

  /** @returns the caller's project; another one for callers with `projects:read`; null if there is none */
  async find(caller: Caller, projectId: string | null | undefined): Promise<Project | null> {
    assertPermitted(caller, "settings:read");
    if (!projectId || projectId === caller.projectId) return this.store.get(caller.projectId);
    return caller.permissions.has("projects:read") ? this.store.find(projectId) : null;
  }

  /** @throws BAD_USER_INPUT, VERSION_CONFLICT, ALREADY_EXISTS, PRECONDITION_FAILED, CLIENT_NOT_FOUND */
  async update(caller: Caller, input: ProjectChange): Promise<Project> {
    assertPermitted(caller, "settings:write");
    const { expectedVersion: expected, force, ...patch } = validateChange(changeRules, input);
    const { projectId } = caller;
    const storeKey = patch.signingAlgorithm
      ? await this.prepareSigningKey(caller, patch.signingAlgorithm, force ?? false)
      : null;
    return this.platform.unitOfWork.write(async (manager) => {
      // Changes of clients lock the client before its project.
      if (patch.introspectionClientId) {
        await this.assertClientExists(projectId, patch.introspectionClientId);
      }
      const project = await this.platform.unitOfWork.findForUpdate(Project, { projectId });
      if (!project) throw unknownProject();
      assertVersion(project.version, expected);
      await this.#changeIssuer(manager, project, patch.issuer);
      const isChanged = await applyChange(project, this.platform.clock.now(), async (loaded) => {
        if (storeKey) {
          const former = currentSigningAlgorithm(loaded);
          loaded.formerSigningAlgorithm = (await storeKey(manager)) ? null : former;
        }
        Object.assign(loaded, patch);
      });
      await this.#assertLifetimesAllowed(manager, project, patch);
      if (!isChanged) return project;
      const { projectId: _, ...columns } = project;
      await manager.update(Project, { projectId }, columns);
      await this.platform.auditLog.record(caller, {
        action: "project.update",
        targetId: projectId,
      });
      return project;
    });
  }

  /** @param project the project before the change */
  async #changeIssuer(
    manager: EntityManager,
    project: Project,
    issuer: string | null | undefined,
  ): Promise<void> {
    if (issuer === undefined || issuer === project.issuer) return;
    if (issuer !== null) this.issuers.assertMayHave(project, issuer);
    const longest = await this.longestIssuedLifetime(project.projectId);
    const lifetime = Math.max(longest, project.maximumAccessTokenLifetimeSeconds);
    const now = this.platform.clock.now();
    const lastExpiry = secondsFrom(now, lifetime + ISSUER_MARGIN_SECONDS);
    await this.issuers.replace(manager, project, issuer, { now, lastExpiry });
  }

  /** @param project the project after the change */
  async #assertLifetimesAllowed(
    manager: EntityManager,
    { projectId, ...project }: Project,
    patch: Pick<ProjectChange, "accessTokenLifetimeSeconds" | "maximumAccessTokenLifetimeSeconds">,
  ): Promise<void> {
    const { maximumAccessTokenLifetimeSeconds: maximum } = project;
    if (patch.accessTokenLifetimeSeconds) {
      assertWithinMaximum(maximum, patch.accessTokenLifetimeSeconds);
    }
    if (!patch.maximumAccessTokenLifetimeSeconds) return;
    let longer = project.accessTokenLifetimeSeconds > maximum ? 1 : 0;
    for (const entity of this.lifetimeOwners) {
      const where = { projectId, accessTokenLifetimeSeconds: MoreThan(maximum) };
      longer += await manager.countBy(entity, where);
    }
    if (longer === 0) return;
    throw new CountersignError(
      "PRECONDITION_FAILED",
      `${longer} of the project, its APIs, clients and grants have a longer accessTokenLifetimeSeconds: shorten these first`,
      { path: ["input", "maximumAccessTokenLifetimeSeconds"] },
    );
  }
}
