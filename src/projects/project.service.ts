import type { EntityManager } from "typeorm";
import { z } from "zod";
import { applyChange } from "../persistence/apply-change.js";
import { isUniqueViolation } from "../persistence/database-errors.js";
import { assertVersion } from "../persistence/optimistic-lock.js";
import type { Platform } from "../platform/platform.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { newId } from "../shared/ids.js";
import { expectedVersion, singleLine, validateChange } from "../shared/validation.js";
import { ClaimsTemplate } from "./claims-template.js";
import {
  type Environment,
  Project,
  SESSION_TOKEN_PROFILES,
  type SessionTokenProfileName,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
  TOKEN_PROFILES,
  type TokenProfileName,
} from "./project.entity.js";
import { type ProjectStore, unknownProject } from "./project-store.js";
import { currentSigningAlgorithm } from "./signing-algorithm.js";
import { ClaimsTemplateError } from "./template-expression.js";
import { M2M_TEMPLATE, SESSION_TEMPLATE, type TemplateLanguage } from "./template-language.js";

export interface NewProject {
  projectId?: string | undefined;
  name: string;
  environment: Environment;
}

export interface ProjectChange {
  name?: string | null;
  claimsTemplate?: string | null;
  sessionClaimsTemplate?: string | null;
  accessTokenLifetimeSeconds?: number | null;
  signingAlgorithm?: SigningAlgorithm | null;
  force?: boolean | null;
  sessionTokenProfile?: SessionTokenProfileName | null;
  issuer?: string | null;
  tokenProfile?: TokenProfileName | null;
  defaultAudience?: string | null;
  signingKeyRotationDays?: number | null;
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

export const DEFAULT_ACCESS_TOKEN_LIFETIME_SECONDS = 3600;

export const accessTokenLifetimeSeconds = z
  .number()
  .int()
  .min(60, "Must be at least 60 seconds")
  .max(2_592_000, "Must be at most 2592000 seconds (30 days)");

/** An issuer as in RFC 8414 section 2, but without a path, since the project is found by its host. */
const issuerUrl = singleLine(1, 255).refine((text) => {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const isLocal = url.protocol === "http:" && url.hostname === "localhost";
  return (url.protocol === "https:" || isLocal) && [url.origin, `${url.origin}/`].includes(text);
}, "Must be https:// and a lower-case host, followed by nothing but an optional slash");

function claimsTemplate<Values extends object>(language: TemplateLanguage<Values>) {
  return z.string().superRefine((template, context) => {
    try {
      ClaimsTemplate.parse(template, language);
    } catch (error) {
      if (!(error instanceof ClaimsTemplateError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
    }
  });
}

const changeRules = z.object({
  name: singleLine(1, 128).optional(),
  claimsTemplate: claimsTemplate(M2M_TEMPLATE).nullish(),
  sessionClaimsTemplate: claimsTemplate(SESSION_TEMPLATE).nullish(),
  accessTokenLifetimeSeconds: accessTokenLifetimeSeconds.optional(),
  signingAlgorithm: z.enum(SIGNING_ALGORITHMS).optional(),
  force: z.boolean().nullish(),
  sessionTokenProfile: z.enum(SESSION_TOKEN_PROFILES).optional(),
  issuer: issuerUrl.nullish(),
  tokenProfile: z.enum(TOKEN_PROFILES).optional(),
  defaultAudience: singleLine(1, 600).nullish(),
  signingKeyRotationDays: z
    .number()
    .int()
    .min(1, "Must be at least 1 day")
    .max(365, "Must be at most 365 days")
    .nullish(),
  expectedVersion,
});

/** Reads, creates and updates projects. */
export class ProjectService {
  constructor(
    private readonly platform: Platform,
    private readonly prepareSigningKey: PrepareSigningKey,
    private readonly store: ProjectStore,
  ) {}

  /** @returns the caller's project */
  async get(caller: Caller): Promise<Project> {
    assertPermitted(caller, "settings:read");
    return this.store.get(caller.projectId);
  }

  /** @param inTransaction called in the unit of work that creates the project */
  async create(
    caller: Caller,
    input: NewProject,
    inTransaction: (project: Project) => Promise<void> = async () => {},
  ): Promise<Project> {
    assertPermitted(caller, "settings:write");
    const now = this.platform.clock.now();
    const project = Object.assign(new Project(), {
      projectId: input.projectId ?? newId("project"),
      name: input.name,
      environment: input.environment,
      issuer: null,
      issuerHost: null,
      tokenProfile: "DEFAULT" as const,
      defaultAudience: null,
      signingKeyRotationDays: null,
      claimsTemplate: null,
      sessionClaimsTemplate: null,
      accessTokenLifetimeSeconds: DEFAULT_ACCESS_TOKEN_LIFETIME_SECONDS,
      signingAlgorithm: "RS256" as const,
      formerSigningAlgorithm: null,
      sessionTokenProfile: "DEFAULT" as const,
      createdAt: now,
      updatedAt: now,
      version: 1,
    });
    const { projectId, signingAlgorithm } = project;
    // No verifier has keys of a new project that could be out of date.
    const storeKey = await this.prepareSigningKey({ ...caller, projectId }, signingAlgorithm, true);
    await this.platform.unitOfWork.write(async (manager) => {
      await manager.insert(Project, project);
      await storeKey(manager);
      await this.platform.auditLog.record(
        { ...caller, projectId },
        { action: "project.create", targetId: projectId },
      );
      await inTransaction(project);
    });
    return project;
  }

  /** @throws BAD_USER_INPUT, VERSION_CONFLICT, ALREADY_EXISTS */
  async update(caller: Caller, input: ProjectChange): Promise<Project> {
    assertPermitted(caller, "settings:write");
    const { expectedVersion: expected, force, ...patch } = validateChange(changeRules, input);
    const { projectId } = caller;
    const storeKey = patch.signingAlgorithm
      ? await this.prepareSigningKey(caller, patch.signingAlgorithm, force ?? false)
      : null;
    return this.platform.unitOfWork.write(async (manager) => {
      const project = await this.platform.unitOfWork.findForUpdate(Project, { projectId });
      if (!project) throw unknownProject();
      assertVersion(project.version, expected);
      const isChanged = await applyChange(project, this.platform.clock.now(), async (loaded) => {
        if (storeKey) {
          const former = currentSigningAlgorithm(loaded);
          loaded.formerSigningAlgorithm = (await storeKey(manager)) ? null : former;
        }
        Object.assign(loaded, patch);
        loaded.issuerHost = loaded.issuer ? new URL(loaded.issuer).host : null;
      });
      if (!isChanged) return project;
      const { projectId: _, ...columns } = project;
      await manager.update(Project, { projectId }, columns).catch((error: unknown) => {
        throw isUniqueViolation(error) ? issuerTaken() : error;
      });
      await this.platform.auditLog.record(caller, {
        action: "project.update",
        targetId: projectId,
      });
      return project;
    });
  }
}

function issuerTaken() {
  return new CountersignError("ALREADY_EXISTS", "Another project already uses this host", {
    path: ["input", "issuer"],
  });
}
