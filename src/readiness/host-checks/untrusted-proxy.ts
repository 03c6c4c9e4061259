import { type HostCheck, observed } from "../host-check.js";

export const untrustedProxy: HostCheck = {
  id: "untrusted-proxy",
  level: "WARNING",
  what: "An address that is not trusted forwards requests",
  why: "Its X-Forwarded headers have no effect, so all callers behind it share one rate limit, and DPoP proofs and the hosts of projects may not match.",
  whatToDo: "If it is your proxy, add its address to TRUSTED_PROXIES.",
  docs: "operations/custom-domains.md#what-every-way-needs",
  find: observed("FORWARDED_BY_UNTRUSTED_ADDRESS"),
};
