import type { EntityTarget, ObjectLiteral } from "typeorm";
import type { DataCheck } from "./check.js";
import { rows } from "./row-findings.js";

const HOUR_SECONDS = 3600;

interface Tokens extends ObjectLiteral {
  accessTokenLifetimeSeconds: number | null;
}

/** A check of the lifetime that an entity gives to access tokens. */
export function tokenLifetimeCheck<Row extends Tokens>(
  entity: EntityTarget<Row>,
  idProperty: keyof Row & string,
  check: Pick<DataCheck, "id" | "target" | "whatToDo">,
): DataCheck {
  return {
    ...check,
    level: "WARNING",
    what: "Access tokens live longer than an hour",
    why: "A stolen token is good until it expires, since most services verify it without asking this server.",
    docs: "apis-and-grants.md#how-long-tokens-live",
    find: rows({
      entity,
      id: idProperty,
      where: () => ["target.accessTokenLifetimeSeconds > :seconds", { seconds: HOUR_SECONDS }],
      rest: ({ accessTokenLifetimeSeconds }) =>
        `gives tokens of ${accessTokenLifetimeSeconds} seconds`,
    }),
  };
}
