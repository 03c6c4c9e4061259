import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeUnlessMissing } from "../support/left-out.js";
import { startTokenCorpus } from "./token-corpus.js";
import { expectedVerdicts, judge, type Verifier } from "./token-verdicts.js";
import { missingPackages, TYPESCRIPT_FOLDER } from "./typescript-folder.js";

const withoutEdDSA = { unknownAlgorithms: ["EdDSA"] };

const LIBRARIES: readonly Omit<Verifier, "folder" | "command">[] = [
  { library: "jose" },
  { library: "jsonwebtoken", ...withoutEdDSA },
  { library: "fast-jwt" },
  { library: "passport-jwt", ...withoutEdDSA, checkedTypes: [] },
  { library: "express-oauth2-jwt-bearer", checkedTypes: ["at+jwt"] },
];

describeUnlessMissing(missingPackages, "Verifiers in TypeScript", () => {
  let corpus: Awaited<ReturnType<typeof startTokenCorpus>>;

  beforeAll(async () => {
    corpus = await startTokenCorpus();
  });

  afterAll(async () => {
    await corpus.server.stop();
  });

  test.each(LIBRARIES)(
    "$library takes no session for an access token, and no access token for a session",
    async (settings) => {
      const { verifications } = corpus;
      const command = [process.execPath, "verify-tokens.mjs", settings.library];
      const verifier = { ...settings, folder: TYPESCRIPT_FOLDER, command };
      expect(await judge(verifier, verifications)).toEqual(
        expectedVerdicts(verifier, verifications),
      );
    },
  );
});
