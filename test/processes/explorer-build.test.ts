import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { buildExplorer } from "../../explorer/scripts/build.mjs";
import { startTestServer } from "../support/test-server.js";
import { waitUntil } from "../support/wait-until.js";

const browse = async (url: string) => {
  const answer = await fetch(`${url}/graphql`, { headers: { accept: "text/html" } });
  return { status: answer.status, html: await answer.text(), headers: answer.headers };
};

describe("the page of an explorer that is not built", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "countersign-explorer-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  test("says so, and reloads itself", async () => {
    const server = await startTestServer({ explorerFolder: path.join(folder, "dist") });
    const { status, html, headers } = await browse(server.url);
    expect(status).toBe(200);
    expect(html).toContain("The explorer is being built");
    expect(html).toContain('<meta http-equiv="refresh" content="1">');
    expect(html).not.toContain("<script");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    await server.stop();
  });

  test("says that the build has failed and how to see why, but not why", async () => {
    writeFileSync(path.join(folder, "build-problem.txt"), "No file <main.tsx>\n");
    const server = await startTestServer({ explorerFolder: path.join(folder, "dist") });
    const { html } = await browse(server.url);
    expect(html).toContain("The explorer could not be built");
    expect(html).not.toContain("main.tsx");
    expect(html).toContain("npm run build:explorer");
    await server.stop();
  });
});

describe("a started server", () => {
  let copy: string;
  let server: ChildProcess | undefined;

  beforeEach(() => {
    copy = mkdtempSync(path.join(tmpdir(), "countersign-copy-"));
  });

  afterEach(async () => {
    if (server && server.exitCode === null) {
      const ended = new Promise((resolve) => server?.once("close", resolve));
      server.kill();
      await ended;
    }
    rmSync(copy, { recursive: true });
  });

  const take = (...names: string[]) => {
    for (const name of names) {
      cpSync(name, path.join(copy, name), { recursive: true, preserveTimestamps: true });
    }
  };
  const takeCheckout = () => {
    take("package.json", ".swcrc", "ormconfig.ts", "scripts", "dist");
    take("src/graphql/explorer-document.ts");
    for (const name of ["src", "scripts", "package.json", "tsconfig.json"]) {
      take(path.join("explorer", name));
    }
    symlinkSync(path.resolve("node_modules"), path.join(copy, "node_modules"));
  };
  let output: string;
  /** @returns the URL, once it listens */
  const start = (cwd = copy) =>
    new Promise<string>((resolve, reject) => {
      const child = spawn(process.execPath, ["scripts/start.mjs"], {
        cwd,
        env: { PATH: process.env["PATH"], PORT: "0", DATA_DIR: path.join(copy, "data") },
      });
      server = child;
      output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk) => {
          output += chunk;
          const [, url] = /Server listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(output) ?? [];
          if (url) resolve(url);
        });
      }
      child.once("close", () => reject(new Error(output)));
    });
  const shows = (url: string, text: string) =>
    waitUntil(async () => (await browse(url)).html.includes(text));

  test("builds the explorer behind its requests, and then shows it", async () => {
    takeCheckout();
    const url = await start();
    await shows(url, '<script type="module" src="explorer/explorer-');
    expect(output).toMatch(/Or open \S+\/graphql in a browser and sign in/);
  });

  test("tells the build none of its settings, and leaves nothing of a build that it interrupts", async () => {
    takeCheckout();
    const script = path.join(copy, "explorer/scripts/build.mjs");
    const seen = path.join(copy, "seen.json");
    writeFileSync(
      script,
      `import * as files from "node:fs";
      files.writeFileSync(${JSON.stringify(seen)}, JSON.stringify(Object.keys(process.env)));
      ${readFileSync(script, "utf8")}`,
    );
    await start();
    const unfinished = () =>
      readdirSync(path.join(copy, "explorer")).filter((name) => name.startsWith("dist."));
    await waitUntil(async () => unfinished().length > 0);
    server?.kill();
    await waitUntil(async () => unfinished().length === 0);
    expect(JSON.parse(readFileSync(seen, "utf8"))).toEqual([]);
  });

  test("serves the API although the explorer cannot be built", async () => {
    takeCheckout();
    writeFileSync(path.join(copy, "explorer/src/main.tsx"), 'import "./nowhere";\n');
    const url = await start();
    await shows(url, "The explorer could not be built");
    // The pipe of the process is read independently of its HTTP answers.
    await waitUntil(async () => output.includes('Could not resolve "./nowhere"'));
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  test("shows the explorer that was packed with it, without sources and tools", async () => {
    await buildExplorer({ ifNeeded: true });
    const [packed] = JSON.parse(
      execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", copy], {
        encoding: "utf8",
      }),
    );
    const files = packed.files.map((file: { path: string }) => file.path);
    expect(files).toContain("explorer/dist/index.html");
    const kept =
      /^(?:bin|dist|explorer\/dist|sdk\/dist\/testing|scripts\/(?:build|dist-folder|healthcheck|start)\.mjs|[^/]+$)/;
    expect(files.filter((file: string) => !kept.test(file))).toEqual([]);
    execFileSync("tar", ["xzf", path.join(copy, packed.filename), "-C", copy]);
    const folder = path.join(copy, "package");
    mkdirSync(path.join(folder, "node_modules"));
    // The server finds its packages above; the build finds none.
    symlinkSync(path.resolve("node_modules"), path.join(copy, "node_modules"));
    const url = await start(folder);
    await shows(url, '<script type="module" src="explorer/explorer-');
  });
});
