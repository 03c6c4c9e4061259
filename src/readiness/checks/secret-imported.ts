import { ClientSecret } from "../../clients/client-secret.entity.js";
import { isActiveClient } from "../active-client.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { rows } from "../row-findings.js";

export const secretImported: DataCheck = {
  id: "secret-imported",
  level: "NOTICE",
  target: "client",
  what: "A client still uses the secret of another server",
  why: "The other server, its backups and its operators may know it, and its hash is as slow to verify as it was there.",
  whatToDo: "Rotate it after the migration.",
  docs: "rotating-secrets.md",
  find: rows({
    entity: ClientSecret,
    id: "clientId",
    // COALESCE keeps SQLite from an index that nearly every row is in.
    where: ({ now }) => [
      `substr(target.hash, 1, 7) <> 'sha256$' AND COALESCE(target.status, '') = 'CURRENT'
        AND COALESCE(target.createdAt, target.createdAt) < :before AND ${isActiveClient("clientId")}`,
      { before: daysFrom(now, -90), now },
    ],
    rest: ({ createdAt }) => `has a secret that was imported on ${dayOf(createdAt)}`,
  }),
};
