import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const FILE = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** For `describeUnlessMissing`. */
export const MISSING_CHROMIUM = existsSync(FILE)
  ? null
  : `${FILE} is missing: install chromium, or name it in CHROMIUM`;

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
