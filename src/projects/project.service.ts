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
import { ClaimsTemplate, ClaimsTemplateError } from "./claims-template.js";
import {
  type Environment,
  Project,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
  TOKEN_PROFILES,
  type TokenProfileName,
} from "./project.entity.js";
import { type ProjectStore, unknownProject } from "./project-store.js";
import { M2M_VARIABLES, SESSION_VARIABLES, type TemplateVariables } from "./template-variables.js";

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
  issuer?: string | null;
  tokenProfile?: TokenProfileName | null;
  defaultAudience?: string | null;
  signingKeyRotationDays?: number | null;
  expectedVersion?: number | null;
}

/**
 * Generates a signing key if the project has none of this algorithm.
 * @returns a function that stores the key in the caller's unit of work
 */
export type PrepareSigningKey = (
  projectId: string,
  algorithm: SigningAlgorithm,
) => Promise<(manager: EntityManager) => Promise<void>>;

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

function claimsTemplate<Values extends object>(variables: TemplateVariables<Values>) {
  return z.string().superRefine((template, context) => {
    try {
      ClaimsTemplate.parse(template, variables);
    } catch (error) {
      if (!(error instanceof ClaimsTemplateError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
    }
  });
}

const changeRules = z.object({
  name: singleLine(1, 128).optional(),
  claimsTemplate: claimsTemplate(M2M_VARIABLES).nullish(),
  sessionClaimsTemplate: claimsTemplate(SESSION_VARIABLES).nullish(),
  accessTokenLifetimeSeconds: accessTokenLifetimeSeconds.optional(),
  signingAlgorithm: z.enum(SIGNING_ALGORITHMS).optional(),
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
      createdAt: now,
      updatedAt: now,
      version: 1,
    });
    const storeKey = await this.prepareSigningKey(project.projectId, project.signingAlgorithm);
    await this.platform.unitOfWork.write(async (manager) => {
      await manager.insert(Project, project);
      await storeKey(manager);
      const { projectId } = project;
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
    const { expectedVersion: expected, ...patch } = validateChange(changeRules, input);
    const { projectId } = caller;
    const storeKey = patch.signingAlgorithm
      ? await this.prepareSigningKey(projectId, patch.signingAlgorithm)
      : null;
    return this.platform.unitOfWork.write(async (manager) => {
      const project = await this.platform.unitOfWork.findForUpdate(Project, { projectId });
      if (!project) throw unknownProject();
      assertVersion(project.version, expected);
      const isChanged = await applyChange(project, this.platform.clock.now(), (loaded) => {
        Object.assign(loaded, patch);
        loaded.issuerHost = loaded.issuer ? new URL(loaded.issuer).host : null;
      });
      if (!isChanged) return project;
      const { projectId: _, ...columns } = project;
      await manager.update(Project, { projectId }, columns).catch((error: unknown) => {
        throw isUniqueViolation(error) ? issuerTaken() : error;
      });
      await storeKey?.(manager);
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
