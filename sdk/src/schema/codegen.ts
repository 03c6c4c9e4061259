import { documentsPath, schemaPath } from "./files.js";

/** What the constants of documents are: strings, which `fetch` sends, or parsed, as Apollo Client and urql take them. */
export type DocumentMode = "string" | "documentNode";

/** What `@graphql-codegen/cli` is told. It has more settings, which can be added to it. */
export interface CodegenConfig {
  schema: string;
  documents: string[];
  generates: Record<
    string,
    {
      preset: "client";
      presetConfig: { fragmentMasking: false };
      config: {
        documentMode: DocumentMode;
        strictScalars: true;
        scalars: Record<string, string>;
        useTypeImports: true;
        inlineFragmentTypes: "combine";
        emitLegacyCommonJSImports: false;
      };
    }
  >;
}

export interface CodegenOptions {
  /**
   * Where the schema is: `strictSchemaPath()` for a client that throws at every error, or `https://…/schema.graphql` for
   * the version of your server. Default: `schemaPath()`.
   */
  schema?: string;
  /** Globs of operations of your own, beside those of this package. Default: all that is in `src/`. */
  documents?: readonly string[];
  /** `"documentNode"` for Apollo Client and urql. Default: `"string"`. */
  documentMode?: DocumentMode;
}

/**
 * The whole configuration of GraphQL Code Generator: types for every operation of the server and for your own ones
 * under `src/`, with scalars as what JSON has for them. It needs the packages
 * `@graphql-codegen/cli`, `@graphql-codegen/client-preset` and `graphql`.
 *
 * @example
 * // codegen.ts
 * import { countersignCodegen } from "@countersign/sdk/schema";
 * export default countersignCodegen("src/countersign/");
 *
 * @param output folder for what is generated, which ends with a slash
 */
export function countersignCodegen(output: string, options: CodegenOptions = {}): CodegenConfig {
  const { schema = schemaPath(), documentMode = "string" } = options;
  const { documents = ["src/**/*.{ts,tsx,graphql}"] } = options;
  return {
    schema,
    documents: [documentsPath(), ...documents, `!${output}**`],
    generates: {
      [output]: {
        preset: "client",
        presetConfig: { fragmentMasking: false },
        config: {
          documentMode,
          strictScalars: true,
          scalars: { ID: "string", DateTime: "string", JSONObject: "{ [key: string]: unknown }" },
          useTypeImports: true,
          inlineFragmentTypes: "combine",
          emitLegacyCommonJSImports: false,
        },
      },
    },
  };
}
