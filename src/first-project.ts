import type { FastifyBaseLogger } from "fastify";
import { ManagementKey } from "./projects/management-key.entity.js";
import type { Services } from "./services.js";
import { systemCaller } from "./shared/caller.js";
import { PERMISSIONS } from "./shared/permissions.js";
import { generateSecret, hashSecret } from "./shared/secrets.js";

export interface BootstrapOptions {
  bootstrapProjectId: string | undefined;
  bootstrapProjectSecret: string | undefined;
}

export interface FirstProject {
  projectId: string;
  /** Null if the operator set BOOTSTRAP_PROJECT_SECRET. */
  generatedSecret: string | null;
}

/**
 * Creates the first project, with a management key that has every permission, unless a project exists.
 * @returns null if a project exists
 */
export async function bootstrap(
  services: Services,
  options: BootstrapOptions,
  log: FastifyBaseLogger,
): Promise<FirstProject | null> {
  const { projectStore, projects, managementKeys, unitOfWork } = services;
  const { bootstrapProjectId, bootstrapProjectSecret } = options;
  const existing = await projectStore.findDefault();
  if (existing) {
    await warnAboutIgnoredSettings(existing.projectId);
    return null;
  }
  const secret = bootstrapProjectSecret ?? generateSecret("cmk");
  const caller = systemCaller(bootstrapProjectId ?? "");
  const project = await projects.create(
    caller,
    { projectId: bootstrapProjectId, name: "Default", environment: "LIVE" },
    async (created) => {
      await managementKeys.insert(
        { ...caller, projectId: created.projectId },
        { name: "Bootstrap", permissions: PERMISSIONS, secret },
      );
    },
  );
  return {
    projectId: project.projectId,
    generatedSecret: bootstrapProjectSecret ? null : secret,
  };

  /** The variables apply only when the first project is created. */
  async function warnAboutIgnoredSettings(projectId: string): Promise<void> {
    if (bootstrapProjectId && bootstrapProjectId !== projectId) {
      log.warn("BOOTSTRAP_PROJECT_ID has no effect: the first project exists with another id");
    }
    if (!bootstrapProjectSecret) return;
    const secretHash = hashSecret(bootstrapProjectSecret);
    if (await unitOfWork.read.existsBy(ManagementKey, { secretHash })) return;
    log.warn(
      "BOOTSTRAP_PROJECT_SECRET has no effect: the first project exists with other management keys",
    );
  }
}
