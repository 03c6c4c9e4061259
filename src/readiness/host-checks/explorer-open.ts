import { finding, type HostCheck, isDeployed } from "../host-check.js";

export const explorerOpen: HostCheck = {
  id: "explorer-open",
  level: "NOTICE",
  what: "The explorer is open to everybody",
  why: "A page on the server's own address asks for a management secret, which people then type into browsers.",
  whatToDo: "Remove EXPLORER, and use the explorer of a server for development.",
  docs: "explorer.md",
  find: ({ config }) =>
    isDeployed(config) && config.explorer !== "off"
      ? [finding("EXPLORER", `is ${config.explorer} on a server that others reach`)]
      : [],
};
