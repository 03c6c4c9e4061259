import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeUnlessMissing } from "../../support/left-out.js";
import { missingPackages, PACKAGE_FOLDER } from "./package-folder.js";
import { type PackedSdk, packSdk, runTool, temporaryFolder } from "./packed-sdk.js";

describeUnlessMissing(missingPackages, "Judges of packages find nothing in the packed SDK", () => {
  const folder = temporaryFolder();
  let sdk: PackedSdk;
  beforeAll(async () => {
    sdk = await packSdk(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const judge = (name: string, ...args: string[]) =>
    runTool(`${PACKAGE_FOLDER}/node_modules/.bin/${name}`, [...args, sdk.file]);

  test("publint, its suggestions included", async () => {
    expect(await judge("publint", "run", "--strict")).toContain("All good!");
  });

  test("Are the types wrong?, for ES modules", async () => {
    expect(await judge("attw", "--profile", "esm-only")).toContain('"@countersign/sdk/client"');
  });
});
