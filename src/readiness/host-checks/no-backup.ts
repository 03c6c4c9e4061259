import type { EntityManager } from "typeorm";
import { Backup } from "../../backup/backup.entity.js";
import { dayOf, daysFrom } from "../check.js";
import type { HostCheck } from "../host-check.js";

const MAX_AGE_DAYS = 7;

export const noBackup: HostCheck = {
  id: "no-backup",
  level: "WARNING",
  what: "There is no backup of the last seven days",
  why: "After the loss of a disk, every client needs a new secret, and every key set is another one.",
  whatToDo:
    "Run `countersign backup` each day and keep the file elsewhere. Dismiss this if you back up by other means, such as the snapshots of a managed PostgreSQL.",
  docs: "operations/backing-up.md",
  find: async ({ read, now }) => {
    const last = await lastBackup(read);
    if (last && last.createdAt > daysFrom(now, -MAX_AGE_DAYS)) return [];
    const sentence = last
      ? `The last backup was made on ${dayOf(last.createdAt)}`
      : "`countersign backup` has never backed up this database";
    return [{ subject: "backup", sentence }];
  },
};

async function lastBackup(read: EntityManager): Promise<Backup | undefined> {
  const [last] = await read.find(Backup, { order: { createdAt: "DESC" }, take: 1 });
  return last;
}
