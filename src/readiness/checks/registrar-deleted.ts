import { Client } from "../../clients/client.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

export const registrarDeleted: DataCheck = {
  id: "registrar-deleted",
  level: "NOTICE",
  target: "client",
  what: "A registered client has outlived the client that registered it",
  why: "Nobody limits it any more, and its registrar's owner may have forgotten it.",
  whatToDo: "Ask whose it is; then delete it, or keep it with a note.",
  docs: "reference/routes.md",
  find: rows({
    entity: Client,
    id: "clientId",
    where: () => ["target.registeredBy = '' AND target.status = 'ACTIVE'"],
    rest: () => "was registered by a client that has been deleted",
  }),
};
