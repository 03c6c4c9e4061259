import { ClientGrant } from "../../client-grants/client-grant.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

const HOUR_SECONDS = 3600;

export const grantTokenLifetime: DataCheck = {
  id: "grant-token-lifetime",
  level: "WARNING",
  target: "clientGrant",
  what: "Access tokens live longer than an hour",
  why: "A stolen token is good until it expires, since most services verify it without asking this server.",
  whatToDo: "Lower the grant's `accessTokenLifetimeSeconds`, or end it with null.",
  docs: "apis-and-grants.md#how-long-tokens-live",
  find: rows({
    entity: ClientGrant,
    id: "clientGrantId",
    where: () => ["target.accessTokenLifetimeSeconds > :seconds", { seconds: HOUR_SECONDS }],
    rest: ({ accessTokenLifetimeSeconds }) =>
      `gives tokens of ${accessTokenLifetimeSeconds} seconds`,
  }),
};
