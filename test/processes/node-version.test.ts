import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { expect, test } from "@jest/globals";

/** Starts the server with a faked Node.js version, and returns its exit code and outputs. */
async function startOn(version: string) {
  const fakeVersion = `Object.defineProperty(process.versions, "node", { value: "${version}" })`;
  const child = spawn(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(fakeVersion)}`, "dist/src/main.js"],
    { env: { PUBLIC_URL: "no URL" } },
  );
  const ended = new Promise((resolve) => child.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}

const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as {
  engines: { node: string };
};
const oldest = engines.node.replace(">=", "");
const [major, minor] = oldest.split(".").map(Number) as [number, number];

test.each([`${major}.${minor - 1}.9`, `${major - 2}.99.0`])(
  "Node.js %s is refused with a message",
  async (version) => {
    expect(await startOn(version)).toEqual({
      code: 1,
      stdout: "",
      stderr: `Countersign needs Node.js ${oldest} or newer; this is ${version}.\n`,
    });
  },
);

test.each([`${major}.${minor}.0`, `${major + 1}.0.0`])(
  "Node.js %s is accepted",
  async (version) => {
    const { code, stderr } = await startOn(version);
    expect(code).toBe(1);
    expect(stderr).toContain("- PUBLIC_URL: Must be a URL");
  },
);
