import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Lexer, Source, TokenKind } from "graphql";
import { documentNestingProblem } from "../../../src/graphql/document-nesting.js";

const TOO_DEEP = "The document must not nest deeper than 100 brackets";

/** Nesting of the brackets that the lexer of graphql-js finds before the first error. */
function deepest(text: string): number {
  const lexer = new Lexer(new Source(text));
  let [depth, max] = [0, 0];
  try {
    for (;;) {
      const { kind } = lexer.advance();
      if (kind === TokenKind.EOF) return max;
      if (/^[([{]$/.test(kind)) depth += 1;
      if (/^[)\]}]$/.test(kind)) depth -= 1;
      max = Math.max(max, depth);
    }
  } catch {
    return max;
  }
}

describe("the nesting of a document", () => {
  test("is limited before it is parsed", () => {
    expect(documentNestingProblem("{a".repeat(100))).toBeNull();
    expect(documentNestingProblem("{a".repeat(101))).toBe(TOO_DEEP);
    expect(documentNestingProblem("{a}".repeat(1000))).toBeNull();
    expect(documentNestingProblem("[({".repeat(34))).toBe(TOO_DEEP);
  });

  test.each([
    ["a string", `"${"{".repeat(200)}"`],
    ["a string with escape sequences", `"\\"${"{".repeat(200)}\\\\"`],
    ["a block string", `"""\n " "" \\""" ${"{".repeat(200)} """`],
    ["a comment", `# " ${"{".repeat(200)}\n`],
  ])("does not count %s", (_what, text) => {
    expect(documentNestingProblem(text)).toBeNull();
    expect(documentNestingProblem(`${text}${"{".repeat(100)}`)).toBeNull();
    expect(documentNestingProblem(`${text}${"{".repeat(101)}`)).toBe(TOO_DEEP);
  });

  test("is that of the lexer", () => {
    const piece = fc.constantFrom(
      '"',
      '""',
      '"""',
      "\\",
      "#",
      "\n",
      "\r",
      " ",
      "a",
      "{".repeat(60),
      "[",
      "}",
    );
    const document = fc.array(piece, { maxLength: 16 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(document, (text) => {
        if (deepest(text) > 100) expect(documentNestingProblem(text)).toBe(TOO_DEEP);
      }),
      { numRuns: 20_000 },
    );
    const strings = fc.constantFrom(
      '"{"',
      '"\\"{"',
      '""',
      '"""{ \\""" " { """',
      '# { "\n',
      "{".repeat(40),
      "}",
    );
    fc.assert(
      fc.property(fc.array(strings, { maxLength: 12 }), (parts) => {
        const text = parts.join(" ");
        expect(documentNestingProblem(text) !== null).toBe(deepest(text) > 100);
      }),
    );
  });
});
