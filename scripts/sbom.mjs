// `npm run sbom`: writes the CycloneDX bill of materials of the package to standard output: what the server installs, and
// what the page of the explorer is bundled from, which npm takes for tools. `npm sbom --omit=dev` would leave out every
// package that a tool needs too, such as graphql and pg, so it lists all and what leads there is kept.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { name, dependencies } = manifest("package.json");
const explorer = manifest("explorer/package.json");

const bill = npmSbom();
const { component } = bill.metadata;
const dependenciesOf = new Map(bill.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
const kept = new Set();
for (const [each, version] of [dependencies, explorer.devDependencies].flatMap(Object.entries)) {
  keep(`${each}@${version}`);
}
const all = {
  ...bill,
  // npm calls it after its folder.
  metadata: { ...bill.metadata, component: { ...component, name } },
  components: bill.components.filter((each) => kept.has(each["bom-ref"])),
  dependencies: bill.dependencies
    .filter(({ ref }) => kept.has(ref) || ref === component["bom-ref"])
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => kept.has(each)) })),
};
process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);

function manifest(file) {
  return JSON.parse(readFileSync(path.join(root, file), "utf8"));
}

function npmSbom() {
  const args = ["--sbom-format=cyclonedx", "--sbom-type=application", "--package-lock-only"];
  const options = { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28 };
  return JSON.parse(execFileSync("npm", ["sbom", ...args], options));
}

/** @param {string} ref name and version */
function keep(ref) {
  if (kept.has(ref)) return;
  kept.add(ref);
  for (const each of dependenciesOf.get(ref) ?? []) keep(each);
}
