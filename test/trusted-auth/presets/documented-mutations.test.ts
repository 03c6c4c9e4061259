import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { PROFILE_PRESETS } from "../../../src/trusted-auth/presets/profile-presets.js";
import { blocksOf } from "../../support/markdown-blocks.js";

const GUIDE = "docs/attestation.md";

// The mutations run in test/docs/pages.test.ts.
test.each(Object.keys(PROFILE_PRESETS))(
  "the guide to profiles of known issuers has a row and a mutation for %s",
  (provider) => {
    expect(readFileSync(GUIDE, "utf8")).toContain(`| \`${provider}\` |`);
    const mutations = blocksOf(GUIDE, "graphql").map(({ code }) => code);
    expect(mutations.join()).toContain(`provider: ${provider}`);
  },
);
