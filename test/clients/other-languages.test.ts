import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { buffer, text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeUnlessMissing } from "../support/left-out.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

/** Programs and packages are kept between runs. */
const CACHE = `${process.cwd()}/node_modules/.cache/clients`;
const pom = readFileSync("test/clients/java/pom.xml");
const JARS = `${CACHE}/java-${createHash("sha256").update(pom).digest("hex").slice(0, 8)}`;

interface Program {
  library: string;
  folder: string;
  /** Fetches packages and builds; absent if that has been done. */
  build?: readonly string[];
  run: readonly string[];
}

const programs: readonly Program[] = [
  {
    library: "Go's gqlparser",
    folder: "go",
    build: ["go", "build", "-o", `${CACHE}/go/check-schema`, "."],
    run: [`${CACHE}/go/check-schema`],
  },
  {
    library: "Rust's graphql-parser",
    folder: "rust",
    build: ["cargo", "build", "--quiet", "--locked", "--target-dir", `${CACHE}/rust`],
    run: [`${CACHE}/rust/debug/check-schema`],
  },
  {
    library: "graphql-java",
    folder: "java",
    ...(!existsSync(JARS) && {
      build: ["mvn", "--quiet", "--batch-mode", "generate-resources", `-Djars=${JARS}`],
    }),
    run: ["java", "--class-path", `${JARS}/*`, "CheckSchema.java"],
  },
];

/** Runs a command in the folder. @returns its exit code and what it printed; 127 if it is not installed */
async function run([file = "", ...args]: readonly string[], folder: string, input = "") {
  const child = spawn(file, args, { cwd: `test/clients/${folder}` });
  const exited = new Promise<number>((resolve) => {
    child.once("error", () => resolve(127));
    child.once("close", (code) => resolve(code ?? 1));
  });
  child.stdin.once("error", () => {});
  child.stdin.end(input);
  const output = await Promise.all([buffer(child.stdout), text(child.stderr)]);
  return { code: await exited, output: output.join("") };
}

async function findMissing({ build, folder, run: [file = ""] }: Program): Promise<string | null> {
  const { code, output } = build ? await run(build, folder) : { code: 0, output: "" };
  if (code === 127) return `${build?.[0]} is not installed`;
  if (code !== 0) {
    // Maven may have copied some of the jars.
    rmSync(JARS, { recursive: true, force: true });
    return `test/clients/${folder} cannot be built: ${output.trim()}`;
  }
  const version = file.startsWith("/") ? { code: 0 } : await run([file, "--version"], folder);
  return version.code === 0 ? null : `${file} is not installed`;
}

for (const program of programs) {
  const missing = await findMissing(program);
  describeUnlessMissing(missing, program.library, () => {
    let server: TestServer;

    beforeAll(async () => {
      server = await startTestServer();
    });

    afterAll(async () => {
      await server.stop();
    });

    test("reads the schema that the server serves", async () => {
      const schema = await (await fetch(`${server.url}/schema.graphql`)).text();
      expect(await run(program.run, program.folder, schema)).toEqual({ code: 0, output: "" });
      const broken = await run(program.run, program.folder, `${schema}\ntype Broken {`);
      expect(broken.code).toBe(1);
    });
  });
}
