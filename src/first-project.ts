import type { FastifyBaseLogger } from "fastify";
import { type FirstSecret, SHOWN_SECRET } from "./first-secret.js";
import { ManagementKey } from "./projects/management-key.entity.js";
import type { Environment, Project } from "./projects/project.entity.js";
import type { Services } from "./services.js";
import { systemCaller } from "./shared/caller.js";
import { PERMISSIONS } from "./shared/permissions.js";
import { isPredictable } from "./shared/predictable-secret.js";
import { hashSecret } from "./shared/secrets.js";

export interface BootstrapOptions {
  bootstrapProjectId: string | undefined;
  bootstrapProjectSecret: string | undefined;
  bootstrapProjectEnvironment: Environment | undefined;
  /** By default the caller gets the generated management secret, and nobody else. */
  firstSecret?: FirstSecret;
}

export interface FirstProject {
  projectId: string;
  /** Null if the operator set BOOTSTRAP_PROJECT_SECRET. */
  generatedSecret: string | null;
  /** The file that the generated secret is in. Undefined: a terminal shows it. */
  secretFile: string | undefined;
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
  const { projectStore, projectAdministration, unitOfWork } = services;
  const { bootstrapProjectId, bootstrapProjectSecret, bootstrapProjectEnvironment } = options;
  if (bootstrapProjectSecret && isPredictable(Buffer.from(bootstrapProjectSecret))) {
    log.warn(
      "BOOTSTRAP_PROJECT_SECRET is easy to guess: NODE_ENV=production refuses it; openssl rand -hex 32 makes another",
    );
  }
  const existing = await projectStore.findDefault();
  if (existing) {
    await warnAboutIgnoredSettings(existing);
    return null;
  }
  const { firstSecret = SHOWN_SECRET } = options;
  const secret = bootstrapProjectSecret ?? firstSecret.generate();
  const project = await projectAdministration.createFirst(
    systemCaller(""),
    {
      projectId: bootstrapProjectId,
      name: "Default",
      environment: bootstrapProjectEnvironment ?? environmentOf(bootstrapProjectId),
    },
    { permissions: PERMISSIONS, secret },
  );
  return {
    projectId: project.projectId,
    generatedSecret: bootstrapProjectSecret ? null : secret,
    secretFile: firstSecret.file,
  };

  /** The variables apply only when the first project is created. */
  async function warnAboutIgnoredSettings({ projectId, environment }: Project): Promise<void> {
    if (bootstrapProjectId && bootstrapProjectId !== projectId) {
      log.warn("BOOTSTRAP_PROJECT_ID is ignored: the first project exists with another id");
    }
    if (bootstrapProjectEnvironment && bootstrapProjectEnvironment !== environment) {
      log.warn(
        "BOOTSTRAP_PROJECT_ENVIRONMENT is ignored: the first project exists with another one, which updateProject changes",
      );
    }
    if (!bootstrapProjectSecret) return;
    const secretHash = hashSecret(bootstrapProjectSecret);
    if (await unitOfWork.read.existsBy(ManagementKey, { projectId, secretHash })) return;
    log.warn(
      "BOOTSTRAP_PROJECT_SECRET is ignored: the first project exists with other management keys",
    );
  }
}

/** Stytch's ids say for which environment they are. */
function environmentOf(projectId: string | undefined): Environment {
  return projectId?.startsWith("project-test-") ? "TEST" : "LIVE";
}
