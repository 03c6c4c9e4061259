import { finding, type HostCheck, isDeployed } from "../host-check.js";

export const developmentMode: HostCheck = {
  id: "development-mode",
  level: "WARNING",
  what: "The server does not run as in production",
  why: "Only NODE_ENV=production makes the start refuse settings for development and secrets that are not random.",
  whatToDo: "Set NODE_ENV=production.",
  docs: "operations/README.md#before-you-go-live",
  find: ({ config, env }) =>
    isDeployed(config) && env["NODE_ENV"] !== "production"
      ? [finding("NODE_ENV", "is not production, although PUBLIC_URL is no local address")]
      : [],
};
