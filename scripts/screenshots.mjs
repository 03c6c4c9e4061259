// `node scripts/screenshots.mjs`: makes docs/images/explorer*.png, with a server and secrets that end with it.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { buildExplorer } from "../explorer/scripts/build.mjs";
import { build } from "./build.mjs";

const IMAGES = fileURLToPath(new URL("../docs/images", import.meta.url));
const PROJECT_ID = "project-test-example";
const SECRET = "only-for-these-screenshots-it-ends-with-them";

await build({ ifNeeded: true });
await buildExplorer({ ifNeeded: true });
mkdirSync(IMAGES, { recursive: true });
const dataDir = mkdtempSync(path.join(tmpdir(), "countersign-screenshots-"));
const port = await freePort();
const server = spawn(process.execPath, ["dist/src/main.js"], {
  stdio: ["ignore", "ignore", "pipe"],
  env: {
    PATH: process.env.PATH,
    PORT: String(port),
    DATA_DIR: dataDir,
    BOOTSTRAP_PROJECT_ID: PROJECT_ID,
    BOOTSTRAP_PROJECT_SECRET: SECRET,
  },
});
for await (const text of server.stderr) if (String(text).includes("listens on")) break;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const light = await open("light");
  await runUntil(light, 2);
  await shoot(light, "explorer");
  const dark = await open("dark");
  await runUntil(dark, 12);
  await shoot(dark, "explorer-attest");
  const wrong = await open("light");
  await writeOperation(wrong, "WhoAmI", "query WhoAmI { project { nickname } }");
  await wrong.getByRole("button", { name: /^Execute query/ }).click();
  await wrong.locator(".message.error").waitFor();
  await shoot(wrong, "explorer-error");
} finally {
  await browser.close();
  server.kill();
  rmSync(dataDir, { recursive: true, force: true });
}

async function open(colorScheme) {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 720 } });
  await page.goto(`http://localhost:${port}/graphql`);
  await page.locator(".next:enabled").waitFor();
  await page.getByLabel("Project id").fill(PROJECT_ID);
  await page.getByLabel("Management secret").fill(SECRET);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Signed in to").waitFor();
  return page;
}

/** Runs the ready-made operations up to this one. */
async function runUntil(page, end) {
  for (let number = 1; number < end; number += 1) {
    await page.getByRole("button", { name: `Run ${number}. ` }).click();
    await page
      .getByRole("button", { name: new RegExp(`Run ${number + 1}\\. |All done`) })
      .waitFor();
  }
}

async function writeOperation(page, name, text) {
  await page.locator(".graphiql-query-editor .view-lines").click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("Backspace");
  await page.keyboard.insertText(text);
  // GraphiQL reads the name of an operation a little after its text.
  await page.locator(".graphiql-tab-active", { hasText: name }).waitFor();
}

async function shoot(page, name) {
  await page.mouse.move(0, 700);
  // Editors draw a little later than they get their text.
  await page.waitForTimeout(1500);
  await page.screenshot({ path: path.join(IMAGES, `${name}.png`) });
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
}
