import { finding, type HostCheck, isDeployed } from "../host-check.js";

export const insecureKeySets: HostCheck = {
  id: "insecure-key-sets",
  level: "ERROR",
  what: "Key sets may come over http",
  why: "Whoever changes packets on the way can replace the keys, and then be every member and client of the profile.",
  whatToDo: "Remove ALLOW_INSECURE_JWKS. KEY_SET_ALLOWED_HOSTS opens private hosts over https.",
  docs: "operations/network.md#private-key-sets",
  find: ({ config }) =>
    isDeployed(config) && config.allowInsecureJwks
      ? [finding("ALLOW_INSECURE_JWKS", "is true on a server that others reach")]
      : [],
};
