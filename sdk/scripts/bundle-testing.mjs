// Bundles the issuer of tests with the modules of the server that it is made of, and with the packages that they use,
// but for jose. Its types are those that sdk/src/testing declares.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import ts from "typescript";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const entry = path.join(root, "src/testing.ts");

/**
 * Entities are plain objects there: their decorators do nothing. The build fails for anything else of TypeORM, with
 * which storage would begin.
 */
const ENTITIES_ALONE = `
const decorator = () => () => {};
export {
  decorator as Column, decorator as Entity, decorator as Index, decorator as JoinColumn,
  decorator as ManyToOne, decorator as PrimaryColumn, decorator as VersionColumn,
};
export class QueryFailedError extends Error {}
export class QueryRunnerAlreadyReleasedError extends Error {}
`;

const withoutTypeOrm = {
  name: "without-typeorm",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^typeorm$/ }, () => ({ path: "typeorm", namespace: "entities-alone" }));
    onLoad({ filter: /.*/, namespace: "entities-alone" }, () => ({ contents: ENTITIES_ALONE }));
  },
};

/** @param {string} folder where to write @returns the files that the bundle is made of */
export async function bundleTesting(folder) {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile: path.join(folder, "testing.js"),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["jose"],
    plugins: [withoutTypeOrm],
    tsconfigRaw: {
      compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false },
    },
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
  const { outputText } = ts.transpileDeclaration(readFileSync(entry, "utf8"), { fileName: entry });
  writeFileSync(path.join(folder, "testing.d.ts"), outputText);
  return Object.keys(metafile.inputs)
    .filter((file) => !file.includes(":"))
    .map((file) => path.resolve(file));
}
