import { Api } from "../../apis/api.entity.js";
import { type DataCheck } from "../check.js";
import { each } from "../listed-findings.js";

export const apiWildcardScope: DataCheck = {
  id: "api-wildcard-scope",
  level: "NOTICE",
  target: "api",
  what: "An API defines a scope that covers all others",
  why: "A client with such a wildcard has whatever the API adds later.",
  whatToDo: "Define wildcards below a noun, such as `invoices:*`.",
  docs: "apis-and-grants.md#wildcards",
  find: each({
    entity: Api,
    id: "apiId",
    rest: ({ scopes }) =>
      scopes.some(({ value }) => value === "*" || value === "*:*") ? "defines the scope *" : null,
  }),
};
