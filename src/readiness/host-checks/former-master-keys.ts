import { finding, type HostCheck } from "../host-check.js";

export const formerMasterKeys: HostCheck = {
  id: "former-master-keys",
  level: "NOTICE",
  what: "A former master key is still listed",
  why: "Each key in the list still opens what it sealed, so whoever has the replaced key is not shut out yet.",
  whatToDo: "When all processes run with the new key in front, restart them with it alone.",
  docs: "operations/scaling.md",
  find: ({ config: { masterKeys = [] } }) =>
    masterKeys.length > 1
      ? [finding("MASTER_KEY", `lists ${masterKeys.length} keys, of which only the first seals`)]
      : [],
};
