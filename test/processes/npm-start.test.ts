import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

/** What `npm start` runs, in a copy of the repository of which parts are missing. */
describe("npm start", () => {
  let copy: string;

  beforeEach(() => {
    copy = mkdtempSync(path.join(tmpdir(), "countersign-copy-"));
    for (const name of ["package.json", ".swcrc", "ormconfig.ts", "scripts"]) {
      cpSync(name, path.join(copy, name), { recursive: true });
    }
  });

  afterEach(() => rmSync(copy, { recursive: true }));

  const link = (...names: string[]) => {
    for (const name of names) symlinkSync(path.resolve(name), path.join(copy, name));
  };
  const start = async () => {
    const child = spawn(process.execPath, ["scripts/start.mjs"], {
      cwd: copy,
      env: { PORT: "no port" },
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await ended, out, err };
  };
  const STARTED = {
    code: 1,
    out: "",
    err: "The configuration has problems:\n- PORT: Must be a port number, 0 to 65535\n",
  };

  test("without packages says to install them", async () => {
    link("src", "dist");
    expect(await start()).toEqual({
      code: 1,
      out: "",
      err: "Cannot start: node_modules/ is missing: run npm ci.\n",
    });
  });

  test("without a build and a compiler says how to get them", async () => {
    link("src");
    mkdirSync(path.join(copy, "node_modules"));
    expect(await start()).toEqual({
      code: 1,
      out: "",
      err: "Cannot build: the compiler is not installed: run npm ci, or build with it (npm run build) before npm ci --omit=dev.\n",
    });
  });

  test("without a build and the sources says what to copy", async () => {
    link("node_modules");
    expect(await start()).toEqual({
      code: 1,
      out: "",
      err: "Cannot build: src/ is missing, which dist/ is built from: copy dist/ too.\n",
    });
  });

  test("runs a build without the compiler", async () => {
    link("src", "dist");
    mkdirSync(path.join(copy, "node_modules"));
    // The build needs its packages: Node.js looks for them where the file really is.
    expect(await start()).toEqual(STARTED);
  });

  test("runs a build without the sources", async () => {
    link("node_modules", "dist");
    expect(await start()).toEqual(STARTED);
  });
});
