import { misspeltSettings } from "../../misspelt-settings.js";
import type { HostCheck } from "../host-check.js";

export const misspeltSetting: HostCheck = {
  id: "misspelt-setting",
  level: "WARNING",
  what: "A variable looks like a misspelt setting",
  why: "It has no effect, and the setting has its default.",
  whatToDo: "Correct its name.",
  docs: "reference/settings.md",
  find: ({ env }) =>
    misspeltSettings(env).map((sentence) => ({
      subject: sentence.split(" ", 1)[0] ?? "",
      sentence: sentence.replace(/\?$/, ""),
    })),
};
