import type { ServerCheck } from "./check.js";
import { noBackup } from "./checks/no-backup.js";

/** Checks of what is in the database and about the whole server. */
export const SERVER_CHECKS: readonly ServerCheck[] = [noBackup];
