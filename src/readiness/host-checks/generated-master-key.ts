import path from "node:path";
import { finding, type HostCheck, isDeployed } from "../host-check.js";

export const generatedMasterKey: HostCheck = {
  id: "generated-master-key",
  level: "WARNING",
  what: "The master key lies beside the database that it opens",
  why: "Whoever copies DATA_DIR can sign tokens in the name of every project.",
  whatToDo: "Move the key out of DATA_DIR: set MASTER_KEY, or MASTER_KEY_FILE to a file elsewhere.",
  docs: "operations/README.md#before-you-go-live",
  find: ({ config }) =>
    isDeployed(config) && config.masterKeys === undefined
      ? [
          finding(
            path.join(config.dataDir, "master.key"),
            "is the master key, since MASTER_KEY is not set",
          ),
        ]
      : [],
};
