// What the subpaths of the built SDK export, for sdk/api.md and for the tests. Run alone, writes sdk/api.md.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/**
 * @returns for each module of the exports map its exported names, sorted, with their declarations without comments.
 * A generated declaration is left out: the schema says what it is.
 */
export function publicApi() {
  const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  const modules = Object.entries(manifest.exports)
    .filter(([, target]) => target.types)
    .map(([subpath, target]) => ({
      name: path.posix.join(manifest.name, subpath),
      file: path.join(root, target.types),
    }));
  const program = ts.createProgram(
    modules.map(({ file }) => file),
    { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, types: ["node"] },
  );
  const checker = program.getTypeChecker();
  return modules.map(({ name, file }) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file));
    const symbols = module ? checker.getExportsOfModule(module) : [];
    return {
      name,
      exports: symbols
        .map((symbol) => exportOf(symbol, checker))
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
    };
  });
}

function exportOf(symbol, checker) {
  const isAlias = symbol.flags & ts.SymbolFlags.Alias;
  const declared = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
  const declarations = (declared.declarations ?? []).map((declaration) => {
    const statement = ts.findAncestor(declaration, ts.isStatement) ?? declaration;
    const source = statement.getSourceFile();
    return source.fileName.includes("/generated/")
      ? `// ${symbol.name}: generated`
      : print(statement);
  });
  return { name: symbol.name, declaration: declarations.join("\n") };
}

const printer = ts.createPrinter({ removeComments: true });
const print = (statement) =>
  printer
    .printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile())
    .replaceAll(/^export declare |^export /g, "");

export function publicApiAsMarkdown() {
  const sections = publicApi().map(({ name, exports }) => {
    const declarations = exports.map(({ declaration }) => declaration).join("\n");
    return `## ${name}\n\n\`\`\`ts\n${declarations}\n\`\`\`\n`;
  });
  return `# What @countersign/sdk exports\n\nWritten by \`npm run reference\`.\n\n${sections.join("\n")}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(path.join(root, "api.md"), publicApiAsMarkdown());
}
