import { finding, type HostCheck, isDeployed } from "../host-check.js";

const UNUSUAL: Readonly<Record<string, string>> = {
  debug: "is debug, which fills the disk of a busy server",
  fatal: "is fatal, so refusals and failures leave no trace",
  silent: "is silent, so refusals and failures leave no trace",
};

export const logLevel: HostCheck = {
  id: "log-level",
  level: "NOTICE",
  what: "The log says too much or too little",
  why: "Why a request was refused is in the log alone.",
  whatToDo: "Remove LOG_LEVEL, or set it to info.",
  docs: "operations/logs.md",
  find: ({ config }) => {
    const unusual = UNUSUAL[config.logLevel];
    return isDeployed(config) && unusual ? [finding("LOG_LEVEL", unusual)] : [];
  },
};
