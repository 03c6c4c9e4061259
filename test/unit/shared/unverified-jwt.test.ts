import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { MalformedJwt, parseUnverifiedJwt } from "../../../src/shared/unverified-jwt.js";

const encode = (text: string | Uint8Array) => Buffer.from(text).toString("base64url");
const jwt = (header: string, payload: string) => `${encode(header)}.${encode(payload)}.AAAA`;

describe("parseUnverifiedJwt", () => {
  test("reads any header and claims, which may have any values", () => {
    const members = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(members, members, (rest, claims) => {
        const { kid: _kid, crit: _crit, ...header } = rest;
        const token = jwt(JSON.stringify(header), JSON.stringify(claims));
        const parsed = parseUnverifiedJwt(token, 100_000);
        expect(JSON.stringify(parsed.header)).toBe(
          JSON.stringify(JSON.parse(JSON.stringify(header))),
        );
        expect(JSON.stringify(parsed.claims)).toBe(
          JSON.stringify(JSON.parse(JSON.stringify(claims))),
        );
        expect(parsed.alg).toEqual(JSON.parse(JSON.stringify(header)).alg);
      }),
    );
  });

  test("refuses any other text as malformed", () => {
    const part = fc.oneof(
      fc.json().map(encode),
      fc.uint8Array().map(encode),
      fc.stringMatching(/^[\w.=-]*$/),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        try {
          const { header, claims } = parseUnverifiedJwt(parts.join("."), 100_000);
          for (const value of [header, claims]) expect(value).toBeInstanceOf(Object);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedJwt);
        }
      }),
    );
  });

  test.each<[string, string, string | undefined]>([
    ["a repeated member of the header", jwt('{"alg":"RS256","alg":"none"}', "{}"), undefined],
    ["a repeated claim", jwt("{}", '{"sub":"a","sub":"a"}'), undefined],
    ["a repeated nested member", jwt('{"jwk":{"n":"a","n":"b"}}', "{}"), undefined],
    ["a critical extension", jwt('{"crit":["b64"]}', "{}"), "crit"],
    ["a kid that is not text", jwt('{"kid":{"toString":1}}', "{}"), "kid"],
    ["claims that are a list", jwt("{}", "[]"), undefined],
    ["claims that are null", jwt("{}", "null"), undefined],
    ["two parts", "e30.e30", undefined],
    ["four parts", "e30.e30.AA.AA", undefined],
    ["padding", `${encode("{}")}=.e30.AA`, undefined],
  ])("refuses %s", (_what, token, parameter) => {
    expect(() => parseUnverifiedJwt(token, 1000)).toThrow(
      expect.objectContaining({ name: "MalformedJwt", parameter }),
    );
  });

  test("refuses a text that is too long", () => {
    const token = jwt("{}", "{}");
    expect(parseUnverifiedJwt(token, token.length).claims).toEqual({});
    expect(() => parseUnverifiedJwt(token, token.length - 1)).toThrow(MalformedJwt);
  });
});
