import { type HostCheck, observed } from "../host-check.js";

export const clockDiffers: HostCheck = {
  id: "clock-differs",
  level: "ERROR",
  what: "A clock is wrong",
  why: "Other services refuse tokens that were issued in the future or have expired, and this server refuses their assertions.",
  whatToDo: "Run NTP (systemd-timesyncd or chrony) on the machine.",
  docs: "operations/scaling.md",
  find: (context) =>
    [...observed("CLOCK_DIFFERS")(context), ...observed("DATABASE_CLOCK_DIFFERS")(context)].map(
      ({ subject, sentence }) => ({
        subject,
        sentence: `The clock of ${sentence}`,
      }),
    ),
};
