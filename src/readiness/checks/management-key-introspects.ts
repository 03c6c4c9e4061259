import { ManagementKey } from "../../projects/management-key.entity.js";
import { type DataCheck } from "../check.js";
import { each } from "../listed-findings.js";

export const managementKeyIntrospects: DataCheck = {
  id: "management-key-introspects",
  level: "NOTICE",
  target: "managementKey",
  what: "A management key is only there to introspect tokens",
  why: "It reads the tokens of every audience, where a service should see its own alone.",
  whatToDo: "Let each API introspect as its own client: `introspectionClientId`.",
  docs: "apis-and-grants.md#let-an-api-ask-about-a-token",
  find: each({
    entity: ManagementKey,
    id: "managementKeyId",
    rest: ({ permissions, expiresAt }, { now }) =>
      permissions.length === 1 &&
      permissions[0] === "tokens:read" &&
      (!expiresAt || expiresAt > now)
        ? "has the permission tokens:read alone"
        : null,
  }),
};
