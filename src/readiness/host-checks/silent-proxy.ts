import { type HostCheck, observed } from "../host-check.js";

export const silentProxy: HostCheck = {
  id: "silent-proxy",
  level: "WARNING",
  what: "A trusted proxy does not say for whom it asks",
  why: "All callers behind it share one address in rate limits and audit events.",
  whatToDo:
    "Let the proxy set X-Forwarded-For, or remove the address from TRUSTED_PROXIES if callers connect from it themselves.",
  docs: "operations/custom-domains.md#what-every-way-needs",
  find: observed("PROXY_WITHOUT_FORWARDED_FOR"),
};
