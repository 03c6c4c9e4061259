import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { PROFILE_PRESETS } from "../../../src/trusted-auth/presets/profile-presets.js";
import { createClient } from "../../support/operations.js";
import { PresetStage } from "./preset-stage.js";

const GUIDE = readFileSync("docs/attestation.md", "utf8");
const MUTATIONS = [...GUIDE.matchAll(/^```graphql\n(mutation (\w+)[\s\S]*?)^```$/gm)].map(
  ([, document = "", name = ""]) => [name, document] as const,
);

describe("the guide to profiles of known issuers", () => {
  let stage: PresetStage;
  let clientId: string;

  beforeAll(async () => {
    stage = await PresetStage.start();
    clientId = (await createClient(stage.operator)).clientId;
  });

  afterAll(async () => {
    await stage.stop();
  });

  test("has a row, and a mutation, for every provider", () => {
    const documents = MUTATIONS.map(([, document]) => document).join();
    for (const provider of Object.keys(PROFILE_PRESETS)) {
      expect(GUIDE).toContain(`| \`${provider}\` |`);
      expect(documents).toContain(`provider: ${provider}`);
    }
  });

  test.each(MUTATIONS)("creates a profile with %s as it stands there", async (_, document) => {
    const data = await stage.operator.request(document.replace("client_…", clientId));
    expect(data.createProfile.profile.profileId).toMatch(/^profile_/);
  });
});
