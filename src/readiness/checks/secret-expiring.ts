import { ClientSecret } from "../../clients/client-secret.entity.js";
import { isActiveClient } from "../active-client.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { rows } from "../row-findings.js";

export const secretExpiring: DataCheck = {
  id: "secret-expiring",
  level: "WARNING",
  target: "client",
  what: "A secret ends within two weeks, and no other is prepared",
  why: "The client gets no tokens afterwards.",
  whatToDo: "Rotate the secret, and give the new one to the client's owner.",
  docs: "rotating-secrets.md#secrets-that-you-choose-and-secrets-that-end",
  find: rows({
    entity: ClientSecret,
    id: "clientId",
    orderBy: "expiresAt",
    // COALESCE keeps SQLite from an index that nearly every row is in.
    where: ({ now }) => [
      `COALESCE(target.status, '') = 'CURRENT' AND target.expiresAt <= :soon AND ${isActiveClient("clientId")}
        AND NOT EXISTS (SELECT 1 FROM client_secrets AS other
          WHERE other.project_id = target.projectId AND other.client_id = target.clientId
            AND other.status = 'NEXT')`,
      { soon: daysFrom(now, 14), now },
    ],
    rest: ({ expiresAt }) => `loses its secret on ${dayOf(expiresAt)}`,
  }),
};
