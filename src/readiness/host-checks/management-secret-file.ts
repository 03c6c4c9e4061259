import { existsSync } from "node:fs";
import path from "node:path";
import { finding, type HostCheck, isDeployed } from "../host-check.js";

export const managementSecretFile: HostCheck = {
  id: "management-secret-file",
  level: "WARNING",
  what: "The first management secret is still in its file",
  why: "The file was meant to be read once. It is in every copy of DATA_DIR.",
  whatToDo: "Keep the secret elsewhere, and remove the file.",
  docs: "operations/README.md#before-you-go-live",
  find: ({ config }) => {
    const file = path.join(config.dataDir, "management-secret");
    return isDeployed(config) && existsSync(file)
      ? [finding(file, "holds the management secret that the first start generated")]
      : [];
  },
};
