import { afterAll, expect, test } from "@jest/globals";
import { serverProcesses } from "../support/server-process.js";

const servers = await serverProcesses();
afterAll(() => servers.cleanUp());

/** Runs in the server's process: at SIGUSR2 it writes what has been loaded. */
const REPORTER = `
import module, { createRequire, findSourceMap } from "node:module";
const { cache, resolve } = createRequire(process.cwd() + "/package.json");
process.on("SIGUSR2", () => {
  const loaded = {
    packages: Object.keys(cache).flatMap((file) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1] ?? []),
    builtins: process.moduleLoadList.map((name) => name.replace("NativeModule ", "")),
    ownSourceMap: findSourceMap(resolve("./dist/src/server-process.js")) !== undefined,
    sourceMapOfTypeorm: findSourceMap(resolve("typeorm")) !== undefined,
  };
  console.error("loaded " + JSON.stringify(loaded));
});`;

test("a start loads nothing that most processes never use", async () => {
  const server = await servers.start({
    NODE_OPTIONS: `--enable-source-maps --import data:text/javascript,${encodeURIComponent(REPORTER)}`,
  });
  process.kill(server.pid, "SIGUSR2");
  await server.written(/loaded .*\n/);
  const [, json = ""] = /loaded (.*)\n/.exec(server.output()) ?? [];
  const { packages, builtins, ...sourceMaps } = JSON.parse(json) as {
    packages: string[];
    builtins: string[];
  };
  expect(packages).toContain("typeorm");
  for (const name of ["@fastify/static", "@zxcvbn-ts/core", "@zxcvbn-ts/language-common"]) {
    expect(packages).not.toContain(name);
  }
  expect(builtins).toContain("http");
  expect(builtins).not.toContain("internal/deps/undici/undici");
  expect(sourceMaps).toEqual({ ownSourceMap: true, sourceMapOfTypeorm: false });
});
