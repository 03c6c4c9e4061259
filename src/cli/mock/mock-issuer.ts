import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TestIssuer, TestIssuerSetup } from "@countersign/sdk/testing";
import { formatPath, inFile, MockFileError } from "./mock-setup.js";

/** From dist/src/cli/mock: the part of the SDK that the server's package contains. */
const TESTING = new URL("../../../../sdk/dist/testing.js", import.meta.url);

export type CreateIssuer = (issuer: string) => TestIssuer;

/**
 * Loads the SDK's test issuer.
 * @returns makes an issuer of the file's setup, each time as the file says it
 * @throws MockFileError
 */
export async function loadIssuer(file: string, setup: TestIssuerSetup): Promise<CreateIssuer> {
  if (!existsSync(fileURLToPath(TESTING))) {
    throw new MockFileError("The test issuer is not built: run npm run build:sdk");
  }
  const { createTestIssuer, SetupRefused } = (await import(
    TESTING.href
  )) as typeof import("@countersign/sdk/testing");
  const at = <Result>(place: (string | number)[], run: () => Result): Result => {
    try {
      return run();
    } catch (error) {
      if (error instanceof SetupRefused) {
        const path = formatPath([...place, ...error.path]);
        throw new MockFileError(
          inFile(file, path === "" ? error.message : `${path}: ${error.message}`),
        );
      }
      if (error instanceof TypeError || error instanceof RangeError) {
        throw new MockFileError(inFile(file, error.message));
      }
      throw error;
    }
  };
  const { apis = [], clients = [], ...rest } = setup;
  return (issuer) => {
    const made = at([], () => createTestIssuer({ issuer, ...rest }));
    apis.forEach((api, index) => {
      at(["apis", index], () => made.addApi(api));
    });
    clients.forEach((client, index) => {
      at(["clients", index], () => made.addClient(client));
    });
    return made;
  };
}
