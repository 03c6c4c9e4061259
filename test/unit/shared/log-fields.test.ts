import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cleanLogFields } from "../../../src/shared/log-fields.js";
import { generateSecret } from "../../../src/shared/secrets.js";

describe("the fields of a log line", () => {
  test.each(["csk", "cmk", "cst", "crt"] as const)(
    "mask a secret that begins with %s_",
    (prefix) => {
      fc.assert(
        fc.property(
          fc.string(),
          fc.string(),
          fc.constant(generateSecret(prefix)),
          (before, after, secret) => {
            const fields = { path: `${before}${secret} ${after}`, cause: { claim: secret } };
            expect(JSON.stringify(cleanLogFields(fields))).not.toContain(secret.slice(4));
          },
        ),
      );
    },
  );

  test.each(["", "a", "7", "_", "-", "a.", "x.y.z.", "eyJ"])(
    "mask secrets and JWTs after %j",
    (before) => {
      const jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln";
      const fields = { operationName: `${before}${jwt}`, path: `${before}csk_abcdefgh-${jwt}` };
      expect(cleanLogFields(fields)).toEqual({
        operationName: expect.stringMatching(/eyJ_…$/),
        path: `${before}csk_…-eyJ_…`,
      });
    },
  );

  test.each(["eyJ", "eyJ-", "eyJ.", "csk_", "a."])("cost little in a stack of %s", (part) => {
    const clean = (length: number) => {
      const stack = part.repeat(length / part.length);
      const start = process.cpuUsage();
      for (let round = 0; round < 20; round++) cleanLogFields({ stack });
      return process.cpuUsage(start).user;
    };
    clean(4_096);
    // Eight times the text takes some eight times as long, and not 64 times.
    expect(clean(16_384)).toBeLessThan(32 * Math.max(clean(2_048), 2_000));
  });

  test("are short, whatever a caller sends", () => {
    const { operationName } = cleanLogFields({ operationName: "a".repeat(480_000) });
    expect(operationName).toBe(`${"a".repeat(256)}…`);
    let deep: object = {};
    for (let level = 0; level < 1000; level++) deep = { deep };
    expect(JSON.stringify(cleanLogFields(deep)).length).toBeLessThan(100);
  });

  test("show no control and bidirectional characters", () => {
    expect(cleanLogFields({ path: "a\u001b[31m\u202eb\u2028" })).toEqual({ path: "a?[31m?b?" });
  });

  test("keep numbers, flags, what is absent, and the lines of a stack", () => {
    const fields = { ms: 3, ready: true, reason: undefined, code: null, stack: "  at a\n  at b" };
    expect(cleanLogFields(fields)).toEqual(fields);
  });
});
