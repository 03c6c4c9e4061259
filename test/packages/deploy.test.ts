import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { DockerfileParser, Keyword } from "dockerfile-ast";
import { parse, parseAllDocuments } from "yaml";
import { readConfig, SECRETS, SETTING_NAMES } from "../../src/config.js";
import { VERSION } from "../../src/shared/version.js";
import { describeUnlessMissing } from "../support/left-out.js";
import { programOnPath } from "../support/program-on-path.js";
import { runProgram } from "../support/run-program.js";
import { ignoredByDocker } from "./docker-build.js";

const read = (file: string) => readFileSync(file, "utf8");
const folder = mkdtempSync(path.join(tmpdir(), "countersign-deploy-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SECRET_VALUES: Readonly<Record<string, string>> = {
  DATABASE_URL: "postgres://countersign:secret@database/countersign",
  MASTER_KEY: "q0xPqKUmYBsbRzH4Zc2nVt9Jw8Lk1fXe5aDgTi7uNoY=",
  BOOTSTRAP_PROJECT_SECRET: "9b1f7c5d2e8a4f60b3c7d1e5a9f2b4c8d6e0f1a3",
};
const KNOWN = new Set<string>([...SETTING_NAMES, ...SECRETS.map((name) => `${name}_FILE`)]);

/** The configuration that the server would read, where each file of a secret holds one. */
function configOf(variables: Readonly<Record<string, string>>) {
  expect(Object.keys(variables).filter((name) => !KNOWN.has(name))).toEqual([]);
  const entries = Object.entries(variables).map(([name, value]) => {
    if (!name.endsWith("_FILE")) return [name, value];
    const file = path.join(folder, path.basename(value));
    writeFileSync(file, SECRET_VALUES[name.replace(/_FILE$/, "")] ?? "");
    return [name, file];
  });
  return readConfig({ ...imageVariables(), ...Object.fromEntries(entries) });
}

const dockerfile = DockerfileParser.parse(read("Dockerfile"));
const imageVariables = (): Record<string, string> =>
  Object.fromEntries(
    dockerfile
      .getENVs()
      .flatMap((env) => env.getProperties())
      .map((property) => [property.getName(), property.getValue() ?? ""]),
  );
const argumentOf = (keyword: Keyword) =>
  dockerfile
    .getInstructions()
    .findLast((instruction) => instruction.getKeyword() === keyword)
    ?.getArgumentsContent();

describe("the image", () => {
  test("has settings that the server knows", () => {
    expect(Object.keys(imageVariables()).filter((name) => !KNOWN.has(name))).toEqual([]);
    expect(argumentOf(Keyword.EXPOSE)).toBe(imageVariables()["PORT"]);
    expect(argumentOf(Keyword.VOLUME)).toBe(imageVariables()["DATA_DIR"]);
  });

  test("is built without the secrets and the data of a checkout", () => {
    const isIgnored = ignoredByDocker();
    for (const file of [".git", ".env.local", "data", "deploy", "node_modules", "sdk/dist"]) {
      expect([file, isIgnored(file)]).toEqual([file, true]);
    }
    for (const file of ["src", "scripts/build.mjs", "sdk/src", "explorer/scripts", ".swcrc"]) {
      expect([file, isIgnored(file)]).toEqual([file, false]);
    }
  });
});

describe("the compose file", () => {
  const { services, secrets, volumes } = parse(read("deploy/compose.yaml"));
  const { server, database } = services;

  test("gives the server settings that it accepts", () => {
    expect(server.image).toBe(`countersign:${VERSION}`);
    const variables = Object.entries<string>(server.environment).map(([name, value]) => {
      const [, byDefault] = /^\$\{\w+:-(.*)\}$/.exec(value) ?? [];
      return [
        name,
        value.startsWith("${PUBLIC_URL:?") ? "https://auth.example.com" : (byDefault ?? value),
      ];
    });
    const { databaseUrl, port, publicUrl } = configOf(Object.fromEntries(variables));
    expect([databaseUrl, publicUrl]).toEqual([
      SECRET_VALUES["DATABASE_URL"],
      "https://auth.example.com",
    ]);
    expect(server.ports).toEqual([`127.0.0.1:${port}:${port}`]);
  });

  test("mounts every file and volume that it names, and has a read-only file system", () => {
    const files = Object.entries<string>({ ...server.environment, ...database.environment })
      .filter(([name]) => name.endsWith("_FILE"))
      .map(([, file]) => path.basename(file));
    expect(files.sort()).toEqual(Object.keys(secrets).sort());
    expect([...server.secrets, ...database.secrets].sort()).toEqual(files);
    const mounts = [...server.volumes, ...database.volumes].map((mount) => mount.split(":")[0]);
    expect(mounts).toEqual(Object.keys(volumes));
    expect(server).toMatchObject({ read_only: true, cap_drop: ["ALL"] });
  });
});

describe("the Kubernetes manifests", () => {
  const manifests = parseAllDocuments(read("deploy/kubernetes/countersign.yaml")).map(
    (document) => {
      expect(document.errors).toEqual([]);
      return document.toJS();
    },
  );
  const of = (kind: string) => manifests.find((manifest) => manifest.kind === kind);
  const { template, selector } = of("Deployment").spec;
  const [container] = template.spec.containers;

  test("give the server settings that it accepts, and time to drain", () => {
    const { data } = of("ConfigMap");
    expect(container.envFrom).toEqual([{ configMapRef: { name: of("ConfigMap").metadata.name } }]);
    expect(Object.values(data).every((value) => typeof value === "string")).toBe(true);
    const own = container.env.map(({ name, value }: { name: string; value: string }) => [
      name,
      value,
    ]);
    const { drainSeconds, port, metrics } = configOf({ ...data, ...Object.fromEntries(own) });
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(drainSeconds);
    expect(container.ports).toEqual([
      { name: "http", containerPort: port },
      { name: "metrics", containerPort: metrics?.port },
    ]);
    expect(container.image.split(":")[1]).toBe(VERSION);
  });

  test("refer to one another by names that exist", () => {
    const { labels } = template.metadata;
    for (const chosen of [
      selector.matchLabels,
      of("Service").spec.selector,
      of("PodDisruptionBudget").spec.selector.matchLabels,
    ]) {
      expect(chosen).toEqual(labels);
    }
    const volumes = template.spec.volumes.map(({ name }: { name: string }) => name);
    expect(container.volumeMounts.map(({ name }: { name: string }) => name)).toEqual(volumes);
    const probes = ["startupProbe", "livenessProbe", "readinessProbe"];
    expect(probes.map((probe) => container[probe].httpGet)).toEqual([
      { path: "/healthz", port: "http" },
      { path: "/healthz", port: "http" },
      { path: "/readyz", port: "http" },
    ]);
    expect(of("Service").spec.ports).toMatchObject([{ targetPort: "http" }]);
  });

  test("run as the user of the image, who may do nothing else", () => {
    const { runAsUser, runAsGroup, runAsNonRoot } = template.spec.securityContext;
    expect(`${runAsUser}:${runAsGroup}`).toBe(argumentOf(Keyword.USER));
    expect(runAsNonRoot).toBe(true);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });
});

describe("the systemd unit", () => {
  const unit = read("deploy/countersign.service");
  const lines = (name: string) =>
    [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value);

  test("gives the server settings that it accepts", () => {
    const variables = lines("Environment").map((line) => line.split("=") as [string, string]);
    const settings = { ...Object.fromEntries(variables), PUBLIC_URL: "https://auth.example.com" };
    expect(configOf(settings)).toMatchObject({ dataDir: `/var/lib/${lines("StateDirectory")[0]}` });
    expect(lines("LoadCredential")[0]).toMatch(/^master-key:/);
  });
});

test("npm start, the image and the systemd unit give Node.js the same options", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: { start: string } };
  const [entrypoint = ""] = /^ENTRYPOINT .*$/m.exec(read("Dockerfile")) ?? [];
  const [unit = ""] = /^ExecStart=.*$/m.exec(read("deploy/countersign.service")) ?? [];
  const optionsOf = (command: string) => command.match(/--[\w-]+(?:=\w+)?/g);
  expect(optionsOf(scripts.start)).toContain("--enable-source-maps");
  expect(optionsOf(entrypoint)).toEqual(optionsOf(scripts.start));
  expect(optionsOf(unit)).toEqual(optionsOf(scripts.start));
});

const missing = programOnPath("systemd-analyze") ? null : "systemd-analyze is not installed";
describeUnlessMissing(
  missing,
  "systemd",
  () => {
    test("finds nothing wrong with the unit", async () => {
      const file = path.join(folder, "countersign.service");
      const program = read("deploy/countersign.service").replace("/usr/bin/node", process.execPath);
      writeFileSync(file, program);
      await runProgram("systemd-analyze", ["verify", "--recursive-errors=no", file]);
    });
  },
  { alsoInCi: true },
);
