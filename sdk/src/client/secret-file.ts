/**
 * Client secrets of a file, one a line. It is read again for each token request, so a rotation needs no restart.
 * Not for edge runtimes, which have no files.
 *
 * @example
 * const tokens = createTokenSource({
 *   issuer: "https://auth.example.com/projects/project-live-…",
 *   clientId: "client_…",
 *   clientSecret: secretFile("/run/secrets/countersign"),
 * });
 * @throws TypeError without a path, such as that of an environment variable that is not set
 */
export function secretFile(path: string | URL): () => Promise<string[]> {
  if (!path) throw new TypeError("secretFile needs the path of a file");
  return async () => {
    // Bundlers for edge runtimes leave out a module that is missing only where the import may fail.
    const { readFile } = await import("node:fs/promises").catch((cause: unknown) => {
      throw new TypeError("secretFile needs a runtime with files", { cause });
    });
    const text = await readFile(path, "utf8");
    return text.split("\n").map((line) => line.trim());
  };
}
