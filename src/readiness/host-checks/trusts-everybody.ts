import { finding, type HostCheck } from "../host-check.js";

export const trustsEverybody: HostCheck = {
  id: "trusts-everybody",
  level: "ERROR",
  what: "Every caller counts as a proxy",
  why: "Anybody can choose the address that rate limits and audit events see, and the host that decides about the project.",
  whatToDo: "List the addresses of your proxies in TRUSTED_PROXIES.",
  docs: "operations/custom-domains.md#what-every-way-needs",
  find: ({ config }) =>
    config.trustedProxies
      .filter((network) => /\/[0-7]$/.test(network))
      .map((network) =>
        finding("TRUSTED_PROXIES", `contains ${network}, which is most of the internet`),
      ),
};
