import { Client } from "../../clients/client.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

const HOUR_SECONDS = 3600;

export const clientTokenLifetime: DataCheck = {
  id: "client-token-lifetime",
  level: "WARNING",
  target: "client",
  what: "Access tokens live longer than an hour",
  why: "A stolen token is good until it expires, since most services verify it without asking this server.",
  whatToDo: "Lower the client's `accessTokenLifetimeSeconds`, or end it with null.",
  docs: "apis-and-grants.md#how-long-tokens-live",
  find: rows({
    entity: Client,
    id: "clientId",
    where: () => ["target.accessTokenLifetimeSeconds > :seconds", { seconds: HOUR_SECONDS }],
    rest: ({ accessTokenLifetimeSeconds }) =>
      `gives tokens of ${accessTokenLifetimeSeconds} seconds`,
  }),
};
