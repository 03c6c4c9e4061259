import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { checkBackup } from "../../backup/check-backup.js";
import { fillDatabase, rowsOfBackup } from "../../backup/fill-database.js";
import { MIGRATION_NAMES } from "../../database/data-source.js";
import { masterKeysOf } from "../../host-settings.js";
import type { Services } from "../../services.js";
import { systemCaller } from "../../shared/caller.js";
import { MasterKeyRing } from "../../shared/master-key.js";
import { type CommandContext, EXIT, type ExitCode } from "../command.js";
import { readHost, withServices } from "../host.js";
import { withCleanUp } from "../interruption.js";
import { readSecret } from "../secret-variable.js";

export async function runBackupVerify(context: CommandContext, file: string): Promise<ExitCode> {
  const host = readHost(context);
  const passphrase = readSecret(context, "BACKUP_PASSPHRASE");
  const masterKeys = new MasterKeyRing(masterKeysOf(host.config));
  const manifest = await checkBackup(file, passphrase, masterKeys, MIGRATION_NAMES);
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-verify-"));
  const location = { file: path.join(folder, "countersign.sqlite") };
  const cleanUp = () => rmSync(folder, { recursive: true, force: true });
  await withCleanUp(cleanUp, async () => {
    await fillDatabase(location, manifest.schema, rowsOfBackup(file, passphrase));
    await withServices({ ...host, location }, context, issueTokens);
  });
  context.result(
    manifest,
    `The backup of ${manifest.createdAt} can be restored: a token was issued and verified.`,
  );
  return EXIT.DONE;
}

/** By a client that is only in the scratch place. */
async function issueTokens({ projectStore, clients, tokens }: Services): Promise<void> {
  const project = await projectStore.findDefault();
  if (!project) return;
  const { projectId } = project;
  const caller = systemCaller(projectId);
  const { client, clientSecret } = await clients.create(caller, {
    name: "backup verify",
    scopes: [],
  });
  const { clientId } = client;
  const request = { projectId, clientId, clientSecret: clientSecret ?? "", audience: projectId };
  const { accessToken } = await tokens.issue(caller, request);
  await tokens.verify(caller, { accessToken, audience: projectId });
}
