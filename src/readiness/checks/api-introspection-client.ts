import { Api } from "../../apis/api.entity.js";
import { isActiveClient } from "../active-client.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

export const apiIntrospectionClient: DataCheck = {
  id: "api-introspection-client",
  level: "ERROR",
  target: "api",
  what: "The client that introspects tokens of an API is inactive or has ended",
  why: "Introspection is refused, so that the services behind it refuse every token.",
  whatToDo: "Activate the client, or name another one as `introspectionClientId`.",
  docs: "apis-and-grants.md#let-an-api-ask-about-a-token",
  find: rows({
    entity: Api,
    id: "apiId",
    where: ({ now }) => [
      `target.introspectionClientId IS NOT NULL AND NOT ${isActiveClient("introspectionClientId")}`,
      { now },
    ],
    rest: ({ introspectionClientId }) =>
      `introspects as ${introspectionClientId}, which gets no answers`,
  }),
};
