import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { describeUnlessMissing } from "../support/left-out.js";
import {
  CACHE,
  type Command,
  findMissing,
  type Programs,
  packagesOf,
  run,
} from "../support/programs.js";
import { PYTHON, python } from "./python-folder.js";
import { clientsOfEveryMethod, type TokenClient } from "./token-clients.js";
import { startTokenCorpus } from "./token-corpus.js";
import { expectedVerdicts, judge, type Verifier } from "./token-verdicts.js";

interface Language extends Programs {
  language: string;
  verifier: Omit<Verifier, "folder">;
  /** Gets tokens for the clients on standard input. */
  tokenClient?: { library: string; command: Command };
}

const JARS = packagesOf("test/clients/java/pom.xml", "java");
const java = (program: string) => ["java", "--class-path", `${JARS}/*`, program];

const languages: readonly Language[] = [
  {
    language: "Go",
    folder: "test/clients/go",
    build: ["go", "build", "-o", `${CACHE}/go/`, "./..."],
    verifier: { library: "go-oidc", command: [`${CACHE}/go/verify-tokens`], checkedTypes: [] },
  },
  {
    language: "Rust",
    folder: "test/clients/rust",
    build: ["cargo", "build", "--quiet", "--locked", "--target-dir", `${CACHE}/rust`],
    verifier: { library: "jsonwebtoken", command: [`${CACHE}/rust/debug/verify-tokens`] },
  },
  {
    language: "Java",
    folder: "test/clients/java",
    packages: {
      folder: JARS,
      fetch: (folder) => [
        ...["mvn", "--quiet", "--batch-mode", "generate-resources", `-Djars=${folder}`],
      ],
    },
    runtime: "java",
    verifier: {
      library: "Nimbus JOSE + JWT",
      command: java("VerifyTokens.java"),
      unknownAlgorithms: ["EdDSA"],
    },
  },
  {
    language: "Python",
    ...PYTHON,
    verifier: { library: "PyJWT", command: python("verify_tokens.py") },
    tokenClient: {
      library: "Authlib",
      // The server of the tests has no TLS.
      command: python("get_tokens.py", "AUTHLIB_INSECURE_TRANSPORT=1"),
    },
  },
];

let corpus: Awaited<ReturnType<typeof startTokenCorpus>>;

beforeAll(async () => {
  corpus = await startTokenCorpus();
});

afterAll(async () => {
  await corpus.server.stop();
});

// Most of them wait for the network while others compile.
const missing = await Promise.all(languages.map(findMissing));

for (const [index, { language, folder, ...programs }] of languages.entries()) {
  const { verifier, tokenClient } = programs;
  describeUnlessMissing(missing[index] ?? null, language, () => {
    test(`${verifier.library} takes no session for an access token, and no access token for a session`, async () => {
      const { verifications } = corpus;
      const program = { ...verifier, folder };
      expect(await judge(program, verifications)).toEqual(expectedVerdicts(program, verifications));
    });

    if (tokenClient) {
      test(`${tokenClient.library} gets tokens by every method of client authentication`, async () => {
        const clients = await clientsOfEveryMethod(corpus.server);
        const ask = async (inputs: readonly TokenClient[]) => {
          const { output } = await run(tokenClient.command, folder, JSON.stringify(inputs));
          return JSON.parse(output) as { accessToken?: string; error?: string }[];
        };
        const subjects = (await ask(clients)).map(({ accessToken, error }) =>
          accessToken ? decodeJwt(accessToken).sub : error,
        );
        expect(subjects).toEqual(clients.map((client) => client.client_id));
        const [client] = clients;
        if (!client) throw new Error("no client");
        const [refused] = await ask([{ ...client, credential: "wrong" }]);
        expect(refused?.error).toContain("invalid_client");
      });
    }
  });
}
