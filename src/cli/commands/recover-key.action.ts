import { firstSecret } from "../../first-secret.js";
import { newKeyRules } from "../../projects/management-key-rules.js";
import { systemCaller } from "../../shared/caller.js";
import { PERMISSIONS, PROJECT_PERMISSIONS } from "../../shared/permissions.js";
import { validate } from "../../shared/validation.js";
import { type CommandContext, CommandError, EXIT, type ExitCode } from "../command.js";
import { type Host, openForReading, readHost, withServices } from "../host.js";

export interface RecoverKeyFlags {
  project?: string;
  name: string;
  signingKeys?: true;
}

/** Whoever has the database and the master key has everything; this only spares them the work. */
export async function runRecoverKey(
  context: CommandContext,
  { project: projectId, name, signingKeys }: RecoverKeyFlags,
): Promise<ExitCode> {
  const host = readHost(context);
  await assertCurrentDatabase(host);
  if (signingKeys) return replaceSigningKeys(context, host);
  const recovered = await withServices(host, context, async (services) => {
    const { projectStore, managementKeys, unitOfWork } = services;
    const first = await projectStore.findDefault();
    const project = projectId === undefined ? first : await projectStore.find(projectId);
    if (!project) {
      throw new CommandError(
        "There is no such project: leave out --project for the first one",
        EXIT.MISUSE,
      );
    }
    const permissions = project.projectId === first?.projectId ? PERMISSIONS : PROJECT_PERMISSIONS;
    const newKey = validate(newKeyRules, { name, permissions });
    const { generate, file } = firstSecret(host.config.dataDir, context.stdout.isTTY ?? false);
    const secret = generate();
    const key = await unitOfWork.write(() =>
      managementKeys.insert(systemCaller(project.projectId), { ...newKey, secret }),
    );
    return { projectId: project.projectId, managementKeyId: key.managementKeyId, secret, file };
  });
  const { secret, file, ...key } = recovered;
  context.result(
    { ...key, ...(file === undefined ? { secret } : { secretFile: file }) },
    [
      `project id         ${key.projectId}`,
      `management key     ${key.managementKeyId}`,
      file === undefined
        ? `management secret  ${secret}\n\nIt is shown only once: keep it.`
        : `management secret  in ${file}: keep it elsewhere and remove the file`,
    ].join("\n"),
  );
  return EXIT.DONE;
}

/** Opening the database would migrate it, and no process of an earlier version could restart on it. */
async function assertCurrentDatabase(host: Host): Promise<void> {
  const dataSource = await openForReading(host);
  await dataSource.destroy();
}

/** For a lost master key. Everything else that it sealed is made anew by itself. */
async function replaceSigningKeys(context: CommandContext, host: Host): Promise<ExitCode> {
  const replaced = await withServices(host, context, ({ lostMasterKey }) =>
    lostMasterKey.replaceSigningKeys(),
  );
  context.result(
    { replaced },
    replaced.length === 0
      ? "The master key opens all signing keys: nothing was replaced."
      : `Replaced ${replaced.length} signing keys. Their tokens stay valid until they expire.`,
  );
  return EXIT.DONE;
}
