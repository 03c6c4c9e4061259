// Bundles the issuer of tests with the modules of the server that it is made of, and with the packages that they use,
// but for jose. Its types are those that sdk/src/testing declares.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
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

/** The sentences of zod in 50 languages, a third of the bundle, of which the server shows none. */
const withoutLocales = {
  name: "without-locales",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\.\/locales\/index\.js$/ }, () => ({
      path: "locales",
      namespace: "without-locales",
    }));
    onLoad({ filter: /.*/, namespace: "without-locales" }, () => ({ contents: "export {};" }));
  },
};

const withoutTypeOrm = {
  name: "without-typeorm",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^typeorm$/ }, () => ({ path: "typeorm", namespace: "entities-alone" }));
    onLoad({ filter: /.*/, namespace: "entities-alone" }, () => ({ contents: ENTITIES_ALONE }));
  },
};

/** @param {string} folder where to write @returns the files that the bundle is made of, as paths from the workspace */
export async function bundleTesting(folder) {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile: path.join(folder, "testing.js"),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["jose"],
    plugins: [withoutTypeOrm, withoutLocales],
    tsconfigRaw: {
      compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false },
    },
    legalComments: "none",
    metafile: true,
    absWorkingDir: root,
    logLevel: "warning",
  });
  const { outputText } = ts.transpileDeclaration(readFileSync(entry, "utf8"), { fileName: entry });
  writeFileSync(path.join(folder, "testing.d.ts"), outputText);
  const files = Object.keys(metafile.inputs).filter((file) => !file.includes(":"));
  writeFileSync(path.join(folder, "testing.licenses.txt"), licensesOf(files));
  return files;
}

/** The licenses of the packages in the bundle, which each asks to go along. */
function licensesOf(files) {
  const folders = files.flatMap((file) => /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []);
  const packages = [...new Set(folders)].sort();
  return packages
    .map((folder) => {
      const name = folder.replace(/.*node_modules\//, "");
      const license = readdirSync(path.join(root, folder)).find((file) =>
        /^licen[cs]e/i.test(file),
      );
      return `${name}\n\n${readFileSync(path.join(root, folder, license), "utf8").trim()}\n`;
    })
    .join("\n\n");
}
