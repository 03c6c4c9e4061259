import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { programOnPath } from "./program-on-path.js";

const FILE =
  process.env["CHROMIUM"] ??
  programOnPath("chromium", "chromium-browser", "google-chrome") ??
  "chromium";

/** For `describeUnlessMissing`. */
export const MISSING_CHROMIUM = existsSync(FILE)
  ? null
  : `${FILE} is missing: install it, or name its file in CHROMIUM`;

/** Starts a browser that sends nothing but what pages ask for. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: FILE,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
