import { type HostCheck, observed } from "../host-check.js";

export const proxyDropsHost: HostCheck = {
  id: "proxy-drops-host",
  level: "WARNING",
  what: "A proxy changes the host of requests",
  why: "The server finds a project by the host of the request, so projects with a domain of their own are not found.",
  whatToDo: "Let the proxy pass on Host, or set X-Forwarded-Host.",
  docs: "operations/custom-domains.md#nginx",
  find: observed("PROXY_WITHOUT_HOST"),
};
