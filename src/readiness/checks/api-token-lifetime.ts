import { Api } from "../../apis/api.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

const HOUR_SECONDS = 3600;

export const apiTokenLifetime: DataCheck = {
  id: "api-token-lifetime",
  level: "WARNING",
  target: "api",
  what: "Access tokens live longer than an hour",
  why: "A stolen token is good until it expires, since most services verify it without asking this server.",
  whatToDo: "Lower the API's `accessTokenLifetimeSeconds`, or end it with null.",
  docs: "apis-and-grants.md#how-long-tokens-live",
  find: rows({
    entity: Api,
    id: "apiId",
    where: () => ["target.accessTokenLifetimeSeconds > :seconds", { seconds: HOUR_SECONDS }],
    rest: ({ accessTokenLifetimeSeconds }) =>
      `gives tokens of ${accessTokenLifetimeSeconds} seconds`,
  }),
};
