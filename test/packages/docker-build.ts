import { cpSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import {
  type Copy,
  DockerfileParser,
  type Instruction,
  type JSONInstruction,
} from "dockerfile-ast";
import { runProgram } from "../support/run-program.js";

export interface BuiltImage {
  /** What is `/` in the image. */
  root: string;
  environment: Record<string, string>;
  /** Numeric ids. */
  user: string;
  entrypoint: string[];
  command: string[];
  healthcheck: string[];
  workdir: string;
}

type RunCommand = (command: string, folder: string) => Promise<void>;

/**
 * Does what `docker build` does with the Dockerfile, without an engine: each stage is a folder, and its commands run on this
 * machine. They name no absolute path.
 * @param folder an empty one
 * @param run runs a command in place of the shell
 */
export async function buildImage(folder: string, run: RunCommand): Promise<BuiltImage> {
  const stages = new Map<string, string>();
  const image = emptyImage(folder);
  for (const instruction of DockerfileParser.parse(
    readFileSync("Dockerfile", "utf8"),
  ).getInstructions()) {
    const args = argumentsOf(instruction);
    switch (instruction.getKeyword()) {
      case "FROM": {
        const name = args[2] ?? "image";
        Object.assign(image, emptyImage(path.join(folder, name)));
        stages.set(name, image.root);
        break;
      }
      case "WORKDIR":
        image.workdir = path.posix.resolve("/", args[0] ?? "");
        mkdirSync(path.join(image.root, image.workdir), { recursive: true });
        break;
      case "COPY":
        copy(instruction as Copy, image, stages);
        break;
      case "RUN":
        await run(args.join(" "), path.join(image.root, image.workdir));
        break;
      case "ENV":
        for (const pair of args) {
          const [name = "", value = ""] = pair.split("=");
          image.environment[name] = value;
        }
        break;
      case "USER":
        image.user = args[0] ?? "";
        break;
      case "ENTRYPOINT":
        image.entrypoint = jsonOf(instruction);
        break;
      case "CMD":
        image.command = jsonOf(instruction);
        break;
      case "HEALTHCHECK":
        image.healthcheck = JSON.parse(args.slice(args.indexOf("CMD") + 1).join(" "));
        break;
    }
  }
  return image;
}

const emptyImage = (root: string): BuiltImage => ({
  root,
  environment: {},
  user: "",
  entrypoint: [],
  command: [],
  healthcheck: [],
  workdir: "/",
});

const argumentsOf = (instruction: Instruction) =>
  instruction.getArguments().map((argument) => argument.getValue());

const jsonOf = (instruction: Instruction): string[] =>
  (instruction as JSONInstruction).getJSONStrings().map((part) => part.getJSONValue());

function copy(instruction: Copy, image: BuiltImage, stages: ReadonlyMap<string, string>) {
  const sources = argumentsOf(instruction);
  const target = sources.pop() ?? "";
  const stage = stages.get(instruction.getFromFlag()?.getValue() ?? "");
  const source = stage ?? process.cwd();
  const isIgnored = stage ? () => false : ignoredByDocker();
  for (const name of sources) {
    const file = path.join(source, name);
    const into = path.join(image.root, path.posix.resolve(image.workdir, target));
    // Docker copies what is in a folder, and a file into a target that ends with a slash.
    const isFolder = name.endsWith(".") || stage !== undefined;
    cpSync(file, isFolder ? into : path.join(into, path.basename(name)), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (entry) => !isIgnored(path.relative(source, entry)),
    });
  }
}

/** Docker's patterns: each is for a path from the root, and `**` for any number of folders. */
export function ignoredByDocker(): (file: string) => boolean {
  const patterns = readFileSync(".dockerignore", "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  return (file) => patterns.some((pattern) => path.matchesGlob(file, pattern));
}

export async function runInShell(command: string, folder: string): Promise<void> {
  await runProgram("sh", ["-c", command], { npm_config_prefer_offline: "true" }, folder);
}
