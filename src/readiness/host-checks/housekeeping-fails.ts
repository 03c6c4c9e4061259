import { type HostCheck, observed } from "../host-check.js";

export const housekeepingFails: HostCheck = {
  id: "housekeeping-fails",
  level: "ERROR",
  what: "Housekeeping fails",
  why: "What has expired is not deleted, keys that are due are not rotated, and times of last use are lost.",
  whatToDo: "Look for the lines `housekeeping failed` in the log.",
  docs: "operations/logs.md",
  find: observed("HOUSEKEEPING_FAILS"),
};
