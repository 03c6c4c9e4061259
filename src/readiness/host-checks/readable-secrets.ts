import { statSync } from "node:fs";
import path from "node:path";
import { SECRETS } from "../../config.js";
import { finding, type HostCheck } from "../host-check.js";

/** Not the group, by which many secret stores give a file to the server's user. */
const OTHERS_READ = 0o004;

export const readableSecrets: HostCheck = {
  id: "readable-secrets",
  level: "ERROR",
  what: "Every user of the machine can read a secret",
  why: "Any other program on the machine can take the master key, the database's password or the private key of TLS.",
  whatToDo: "Run chmod 600 on the file, as the server's user.",
  docs: "operations/README.md#before-you-go-live",
  find: ({ config, env }) => {
    // Windows has no such modes.
    if (process.platform === "win32") return [];
    const files = [
      path.join(config.dataDir, "master.key"),
      path.join(config.dataDir, "countersign.sqlite"),
      ...SECRETS.flatMap((name) => env[`${name}_FILE`] || []),
      ...(config.tls ? [config.tls.keyFile] : []),
    ];
    return files.flatMap((file) => {
      const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
      return mode & OTHERS_READ ? [finding(file, "is readable by every user of this machine")] : [];
    });
  },
};
