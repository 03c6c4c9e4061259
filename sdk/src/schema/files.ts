/**
 * Path of the server's schema as SDL, for generators and editors. Every root field can be null there, since a field
 * that fails is null beside an error.
 *
 * @example
 * import { readFileSync } from "node:fs";
 * const sdl = readFileSync(schemaPath(), "utf8");
 */
export const schemaPath = (): string => pathOf("schema.graphql");

/**
 * Path of the same schema with root fields that are null only beside an error as non-null: for clients that throw at
 * every error and never see such a null. It differs in nothing else.
 *
 * @example
 * const config = countersignCodegen("src/countersign/", { schema: strictSchemaPath() });
 */
export const strictSchemaPath = (): string => pathOf("schema.strict.graphql");

/**
 * Glob of the documents: one operation or fragment a file. An operation's file is named after its root field
 * (`createClient.graphql`), a fragment's after itself (`fragments/ClientFields.graphql`).
 *
 * @example
 * const documents = [documentsPath(), "src/**\/*.graphql"];
 */
export const documentsPath = (): string => pathOf("documents/**/*.graphql");

/** Functions instead of constants: a module of an edge runtime may have no URL. */
function pathOf(name: string): string {
  const { pathname } = new URL("../../schema/", import.meta.url);
  const folder = decodeURIComponent(pathname);
  // On Windows it is /C:/…
  return `${folder.replace(/^\/(?=[A-Za-z]:)/, "")}${name}`;
}
