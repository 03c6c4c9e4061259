import { finding, type HostCheck, isDeployed, isLocal } from "../host-check.js";

export const httpOnNetwork: HostCheck = {
  id: "http-on-network",
  level: "WARNING",
  what: "The management API can be reached without https",
  why: "The server listens for http beyond this machine and knows of no proxy, so secrets may cross the network in the clear.",
  whatToDo:
    "Set HOST to 127.0.0.1 and TRUSTED_PROXIES to your proxy, or serve https by TLS_CERT_FILE.",
  docs: "operations/custom-domains.md",
  find: ({ config }) => {
    const { tls, host, trustedProxies } = config;
    return isDeployed(config) && !tls && !isLocal(host) && trustedProxies.length === 0
      ? [finding("HOST", `is ${host}, where the server listens for http without a proxy`)]
      : [];
  },
};
