// Makes today's schema the released one, which later changes are compared with (docs/schema-changes.md).
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
copyFileSync("schema.graphql", "test/schema/released.graphql");
writeFileSync("test/schema/breaking-changes.json", "[]\n");
const changes = readFileSync("docs/schema-changes.md", "utf8");
const heading = "## Unreleased\n";
const [introduction, entries] = changes.split(heading);
if (entries === undefined) throw new Error('docs/schema-changes.md has no heading "Unreleased"');
if (!entries.trimStart().startsWith("No dangerous changes.")) {
  const released = `## ${version}\n${entries}`;
  writeFileSync(
    "docs/schema-changes.md",
    `${introduction}${heading}\nNo dangerous changes.\n\n${released}`,
  );
}
