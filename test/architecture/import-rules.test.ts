import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { cruise, type ICruiseResult, type IModule } from "dependency-cruiser";

/** A folder of src imports only from folders of a lower rank, or from itself; see ADR 0001. */
const RANKS: Record<string, number> = {
  shared: 0,
  persistence: 0,
  "graphql-types": 0,
  audit: 1,
  "key-sets": 1,
  http: 1,
  observations: 1,
  platform: 1.5,
  metrics: 1,
  "rate-limit": 1,
  projects: 2,
  apis: 3,
  organizations: 3,
  "signing-keys": 3.5,
  clients: 4,
  sessions: 4,
  "client-grants": 5,
  usage: 5.5,
  tokens: 6,
  "trusted-auth": 6,
  probes: 7,
  readiness: 8,
  oauth: 7,
  graphql: 7,
  reference: 8,
  console: 7,
  // It opens databases.
  backup: 8,
  database: 8,
  cli: 8,
};
/** Files directly in src/ compose the application. */
const ROOT_RANK = 8;

const folderOf = (file: string) => /^src\/([^/]+)\//.exec(file)?.[1];
const rankOf = (file: string) => {
  const folder = folderOf(file);
  return folder === undefined ? ROOT_RANK : RANKS[folder];
};
const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => path.posix.join("src", file));

describe("the source tree", () => {
  let modules: IModule[];

  beforeAll(async () => {
    const result = await cruise(["src", "ormconfig.ts"], {
      tsPreCompilationDeps: true,
      doNotFollow: { path: ["node_modules"] },
      enhancedResolveOptions: {
        extensions: [".ts", ".js"],
        exportsFields: ["exports"],
        conditionNames: ["import", "types"],
      },
      ruleSet: {
        forbidden: [{ name: "no-cycle", severity: "error", from: {}, to: { circular: true } }],
      },
    });
    modules = (result.output as ICruiseResult).modules;
  });

  /** All imports of files in src. */
  const imports = () =>
    modules
      .filter(({ source }) => source.startsWith("src/"))
      .flatMap(({ source, dependencies }) =>
        dependencies.map((dependency) => ({ from: source, to: dependency.resolved, dependency })),
      );

  test("is analysed completely", () => {
    const seen = new Set(modules.map(({ source }) => source));
    expect(sources.filter((file) => !seen.has(file))).toEqual([]);
    expect(imports().length).toBeGreaterThan(200);
    expect(imports().filter(({ dependency }) => dependency.couldNotResolve)).toEqual([]);
  });

  test("has a rank for each folder", () => {
    expect(sources.filter((file) => rankOf(file) === undefined)).toEqual([]);
  });

  test("imports only from lower ranks", () => {
    const upward = imports()
      .filter(({ to }) => to.startsWith("src/"))
      .filter(({ from, to }) => folderOf(from) !== folderOf(to) || folderOf(from) === undefined)
      .filter(({ from, to }) => {
        const [importerRank = 0, importedRank = 0] = [rankOf(from), rankOf(to)];
        // The folders of rank 0 may import each other; "has no cycle" keeps their files acyclic.
        if (importerRank === 0) return importedRank > 0;
        return importerRank === ROOT_RANK
          ? importedRank > importerRank
          : importedRank >= importerRank;
      })
      .map(({ from, to }) => `${from} -> ${to}`);
    expect(upward).toEqual([]);
  });

  test("has no imports of root files except in root files", () => {
    const roots = imports()
      .filter(({ to }) => rankOf(to) === ROOT_RANK && to.startsWith("src/"))
      .filter(({ from }) => rankOf(from) !== ROOT_RANK)
      .map(({ from, to }) => `${from} -> ${to}`);
    expect(roots).toEqual([]);
  });

  test("has no cycle", () => {
    const circular = imports()
      .filter(({ dependency }) => dependency.circular)
      .map(({ from, to }) => `${from} -> ${to}`);
    expect(circular).toEqual([]);
  });

  test("imports resolvers only in src/schema.ts", () => {
    const importers = imports()
      .filter(({ to }) => to.endsWith(".resolver.ts"))
      .map(({ from }) => from);
    expect(new Set(importers)).toEqual(new Set(["src/schema.ts"]));
  });

  test("keeps services free of GraphQL and HTTP", () => {
    const transport = /^(?:type-graphql|graphql|@apollo\/|fastify|graphql-)/;
    const mayKnow =
      /\.(?:resolver|inputs|payloads)\.ts$|^src\/(?:graphql|graphql-types|http|oauth|reference|readiness|cli)\/|^src\/[^/]+$/;
    const violations = imports()
      .filter(({ from }) => !mayKnow.test(from))
      .filter(({ dependency, to }) => transport.test(dependency.module) || mayKnow.test(to))
      .filter(({ from }) => folderOf(from) !== "database")
      .map(({ from, dependency }) => `${from} -> ${dependency.module}`);
    expect(violations).toEqual([]);
  });

  test("declares GraphQL inputs in *.inputs.ts, and objects and connections in *.payloads.ts", () => {
    const inputs = /@(?:InputType|ArgsType)\(|= orderInput\(/;
    const objects = /@(?:Node)?ObjectType\(|= (?:payloadType|connectionType)\(/;
    const featureFiles = sources.filter((file) => !/^src\/(?:shared|graphql-types)\//.test(file));
    const declaring = (pattern: RegExp) =>
      featureFiles.filter((file) => pattern.test(readFileSync(file, "utf8")));
    const [inputFiles, objectFiles] = [declaring(inputs), declaring(objects)];
    expect(inputFiles.length).toBeGreaterThan(5);
    expect(objectFiles.length).toBeGreaterThan(5);
    expect(inputFiles.filter((file) => !file.endsWith(".inputs.ts"))).toEqual([]);
    expect(objectFiles.filter((file) => !file.endsWith(".payloads.ts"))).toEqual([]);
  });

  test("names GraphQL classes and enums by their role", () => {
    const declaration = /^(?:export )?(?:(?:abstract )?class|const) ([A-Z]\w*[a-z]\w*)/gm;
    const names = sources
      .filter((file) => /^src\/(?!graphql-types\/).*\.(?:inputs|payloads)\.ts$/.test(file))
      .flatMap((file) => [...readFileSync(file, "utf8").matchAll(declaration)])
      .map(([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(100);
    const role = /(?:Input|Args|Type|Connection|Payload|Enum)$/;
    expect(names.filter((name) => !role.test(name))).toEqual([]);
  });

  test("reads environment variables in one place", () => {
    const readers = [...sources, "ormconfig.ts"].filter((file) =>
      readFileSync(file, "utf8").includes("process.env"),
    );
    expect(readers.sort()).toEqual(["ormconfig.ts", "src/cli/main.ts", "src/main.ts"]);
  });

  test("reads the clock in one place", () => {
    const readers = sources.filter((file) =>
      /new Date\(\)|Date\.now\(/.test(readFileSync(file, "utf8")),
    );
    expect(readers).toEqual(["src/shared/clock.ts"]);
  });

  test("has no barrel files and no folders for utilities", () => {
    expect(sources.filter((file) => /\/(?:utils?|helpers?|common)\//.test(file))).toEqual([]);
    expect(sources.filter((file) => file.endsWith("/index.ts"))).toEqual([
      "src/database/migrations/index.ts",
    ]);
  });
});
