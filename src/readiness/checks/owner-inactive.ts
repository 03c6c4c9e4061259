import { Client } from "../../clients/client.entity.js";
import { ownerIsActive } from "../../clients/usable-client.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

export const ownerInactive: DataCheck = {
  id: "owner-inactive",
  level: "NOTICE",
  target: "client",
  what: "An active client belongs to an owner that is inactive or gone",
  why: "It gets no tokens, and would get them again with its owner.",
  whatToDo: "Deactivate or delete the client, or give it another owner.",
  docs: "customers-manage-clients.md",
  find: rows({
    entity: Client,
    id: "clientId",
    where: () => [
      `target.ownerType IN ('ORGANIZATION', 'MEMBER') AND target.status = 'ACTIVE'
        AND NOT (${ownerIsActive("target")})`,
    ],
    rest: ({ ownerType, ownerId }) => `belongs to the ${ownerType?.toLowerCase()} ${ownerId}`,
  }),
};
