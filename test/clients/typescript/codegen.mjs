/** GraphQL Code Generator, client preset, as https://the-guild.dev/graphql/codegen recommends it. */
export default {
  schema: process.env.SCHEMA,
  documents: ["programs/client-preset.ts"],
  importExtension: ".js",
  generates: {
    "programs/generated/client-preset/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: "string",
        enumsAsTypes: true,
        strictScalars: true,
        useTypeImports: true,
        scalars: { DateTime: "string", JSONObject: "{ [key: string]: unknown }" },
      },
    },
  },
};
