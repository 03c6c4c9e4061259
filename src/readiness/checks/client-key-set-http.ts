import { Client } from "../../clients/client.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

export const clientKeySetHttp: DataCheck = {
  id: "client-key-set-http",
  level: "ERROR",
  target: "client",
  what: "A client's keys are fetched over http",
  why: "Whoever is on the way can put in a key and get the client's tokens.",
  whatToDo: "Serve the key set over https.",
  docs: "workloads.md#programs-that-sign-their-own-assertions",
  find: rows({
    entity: Client,
    id: "clientId",
    where: () => ["target.jwksUrl IS NOT NULL AND target.jwksUrl LIKE 'http:%'"],
    rest: ({ jwksUrl }) => `has its keys at ${jwksUrl}`,
  }),
};
