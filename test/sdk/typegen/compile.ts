import path from "node:path";
import ts from "typescript";

/** Where the files of a program seem to be: in a project that has installed the SDK. */
const FOLDER = path.resolve("test/sdk/typegen/project");

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2023.d.ts"],
  types: ["node"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  noEmit: true,
};

/** Declarations of libraries, which all programs share. */
const libraries = new Map<string, ts.SourceFile | undefined>();

export interface Diagnosis {
  file: string;
  /** of TypeScript, such as 2322 */
  code: number;
  /** first line of the code that it is about, from 1 */
  line: number;
  /** the code that it is about */
  at: string;
  message: string;
}

/**
 * Compiles files that are on no disk, by their names, as a project that uses the SDK.
 * @returns the program, and what the compiler says of these files
 */
export function compile(files: Readonly<Record<string, string>>): {
  program: ts.Program;
  diagnoses: Diagnosis[];
  sourceOf(name: string): ts.SourceFile;
} {
  const texts = new Map(
    Object.entries(files).map(([name, text]) => [path.join(FOLDER, name), text]),
  );
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.readFile = (name) => texts.get(name) ?? readFile(name);
  host.getSourceFile = (name, version, ...others) => {
    const text = texts.get(name);
    if (text !== undefined) return ts.createSourceFile(name, text, version, true);
    if (!libraries.has(name)) libraries.set(name, getSourceFile(name, version, ...others));
    return libraries.get(name);
  };
  const program = ts.createProgram([...texts.keys()], OPTIONS, host);
  const sourceOf = (name: string) => {
    const source = program.getSourceFile(path.join(FOLDER, name));
    if (!source) throw new Error(`no ${name}`);
    return source;
  };
  const diagnoses = Object.keys(files)
    .map(sourceOf)
    .flatMap((source) => [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ])
    .map(diagnosisOf);
  return { program, diagnoses, sourceOf };
}

function diagnosisOf({ file, code, start = 0, length = 0, messageText }: ts.Diagnostic): Diagnosis {
  if (!file) throw new Error("no file");
  return {
    file: path.basename(file.fileName),
    code,
    line: file.getLineAndCharacterOfPosition(start).line + 1,
    at: file.text.slice(start, start + length),
    message: ts.flattenDiagnosticMessageText(messageText, "\n"),
  };
}
