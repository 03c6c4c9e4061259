import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { exchange, requestBytes } from "../support/raw-http.js";
import { type ServerProcess, serverProcesses } from "../support/server-process.js";
import { greatestBodies, ORDINARY_BODY } from "./hostile/greatest-bodies.js";

/** What a refusal may take at most, in times of what the greatest ordinary request takes. */
const MAX_RATIO = 3;
const ROUNDS = { few: 2, many: 15 };

describe("the greatest requests", () => {
  let processes: Awaited<ReturnType<typeof serverProcesses>>;
  let server: ServerProcess;
  let sent = 0;

  beforeAll(async () => {
    processes = await serverProcesses();
    // Modules in Jest's contexts are several times slower, some parts much more than others.
    server = await processes.start({ TRUSTED_PROXIES: "127.0.0.1" });
    for (let round = 0; round < ROUNDS.many; round++) await milliseconds(ORDINARY_BODY);
  });

  afterAll(async () => {
    await processes.cleanUp();
  });

  /** Sends a body from an address of its own, with a document that is not cached. */
  const milliseconds = async (body: string) => {
    sent += 1;
    const headers: [string, string][] = [
      ["Host", "auth.example.test"],
      ["Content-Type", "application/json"],
      ["X-Forwarded-For", `10.1.${sent >> 8}.${sent & 255}`],
    ];
    const fresh = body.replace('"query":"', `"query":"${spaces(sent)}`);
    const bytes = requestBytes("POST", "/graphql", headers, fresh);
    const start = performance.now();
    const { status } = await exchange(server.url, { bytes });
    expect([200, 400]).toContain(status);
    return performance.now() - start;
  };

  test.each(greatestBodies)(
    "%s takes little more work than an ordinary one",
    async (_name, body) => {
      let [ordinary, greatest] = [Infinity, Infinity];
      for (let round = 0; round < ROUNDS.many; round++) {
        // The fastest of several is least disturbed by other processes.
        ordinary = Math.min(ordinary, await milliseconds(ORDINARY_BODY));
        greatest = Math.min(greatest, await milliseconds(body));
        if (round >= ROUNDS.few && greatest < MAX_RATIO * ordinary) break;
      }
      expect(greatest / ordinary).toBeLessThan(MAX_RATIO);
    },
  );
});

/** A number in binary, as white space that the lexer ignores. */
const spaces = (value: number) => value.toString(2).replaceAll("0", " ").replaceAll("1", ",");
