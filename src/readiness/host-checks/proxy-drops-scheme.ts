import { type HostCheck, observed } from "../host-check.js";

export const proxyDropsScheme: HostCheck = {
  id: "proxy-drops-scheme",
  level: "WARNING",
  what: "A proxy does not say that requests came over https",
  why: "DPoP proofs and the URLs that gateways ask about do not match what clients use.",
  whatToDo: "Let the proxy set X-Forwarded-Proto.",
  docs: "operations/custom-domains.md#what-every-way-needs",
  find: observed("PROXY_WITHOUT_PROTO"),
};
