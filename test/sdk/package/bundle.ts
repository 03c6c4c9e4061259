import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Bundles a module as applications do. @returns its code, the bytes of it gzipped, and what it imports at run time */
export async function bundle(contents: string, external: readonly string[], define = {}) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: "esm",
    // Web APIs alone: a module of Node.js that is not external is an error
    platform: "neutral",
    external: [...external],
    define,
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const [output] = Object.values(metafile.outputs);
  const code = outputFiles[0]?.text ?? "";
  return { code, bytes: gzipSync(code, { level: 9 }).length, imports: output?.imports ?? [] };
}
