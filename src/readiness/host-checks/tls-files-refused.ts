import { type HostCheck, observed } from "../host-check.js";

export const tlsFilesRefused: HostCheck = {
  id: "tls-files-refused",
  level: "ERROR",
  what: "A new TLS certificate cannot be used",
  why: "The server goes on with the former certificate until that expires, and does not start again.",
  whatToDo: "Correct the files that TLS_CERT_FILE and TLS_KEY_FILE name.",
  docs: "operations/custom-domains.md#without-a-proxy",
  find: observed("TLS_FILES_REFUSED"),
};
