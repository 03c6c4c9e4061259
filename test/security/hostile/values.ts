import fc from "fast-check";

/** Values that have broken parsers, databases and logs. */

const repeated = (text: string) =>
  fc.constantFrom(255, 1025, 20_000, 100_000).map((length) => text.repeat(length / text.length));

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 30 }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "",
      " ",
      "\0",
      "a\0b",
      "\ud800",
      "x\udfff",
      "\u202eevil",
      "\u2028",
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "%00",
      "%ff",
      "%",
      "' OR 1=1 --",
      '"',
      "\\",
      "{{ client.name }}",
      "{{",
      "*",
      "read:*",
      "clients:write",
      "../../etc/passwd",
      "https://127.0.0.1/",
      "http://[::1]:1/",
      "9".repeat(400),
      "-0",
      "1e400",
      "null",
      "[]",
      "{}",
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom("a", "a ", "a.", "é", "{", "aA1-").chain(repeated) },
);

const nested = fc
  .tuple(fc.constantFrom(20, 40, 70, 60_000), fc.boolean())
  .map(([depth, isList]) =>
    isList
      ? "[".repeat(depth) + "]".repeat(depth)
      : `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`,
  );

/** JSON texts, among them ones that JSON.stringify cannot write. */
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 2, arbitrary: hostileText.map((text) => JSON.stringify(text)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "1e400",
      "-1e400",
      "9007199254740993",
      "-0",
      '{"__proto__":{"a":1}}',
      '{"constructor":{"prototype":1}}',
      '{"a":1,"a":2}',
      '"\\ud800"',
      '"\\u0000"',
      "[[],{},null,true,0.1]",
      "null",
      "true",
      "253402300799",
    ),
  },
  { weight: 1, arbitrary: nested },
  { weight: 1, arbitrary: fc.constantFrom(1000, 60_000).map((n) => `[${"1,".repeat(n)}1]`) },
);

/** An object as JSON text, whose members may be repeated. */
export const hostileObject = (names: readonly string[]): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...names), hostileText), hostileJson), {
      maxLength: 6,
    })
    .map((members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`)}}`);

const base64url = (text: string) => Buffer.from(text).toString("base64url");

/**
 * Compact JWTs with headers and claims of every type of JSON.
 * @param claims claims that are right, as JSON texts
 */
export function hostileJwt(claims: Readonly<Record<string, string>>): fc.Arbitrary<string> {
  const anyOr = (...right: string[]) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...right) },
      { weight: 1, arbitrary: hostileJson },
    );
  const json = (members: Readonly<Record<string, fc.Arbitrary<string>>>) =>
    fc
      .record(members, { requiredKeys: [] })
      .map((chosen) => `{${Object.entries(chosen).map(([name, value]) => `"${name}":${value}`)}}`);
  const header = json({
    alg: anyOr('"none"', '"HS256"', '"RS256"', '"ES256"', '"EdDSA"', '"PS256"'),
    typ: anyOr('"JWT"', '"at+jwt"', '"dpop+jwt"'),
    kid: anyOr('"a"', '"../x"'),
    crit: anyOr('["exp"]', "[]", '["b64"]'),
    b64: anyOr("false"),
    jwk: anyOr('{"kty":"oct","k":"AA"}', '{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}', "{}"),
    jku: anyOr('"https://127.0.0.1/"'),
    x5c: anyOr('["AA"]'),
  });
  const payload = json(
    Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, anyOr(value)])),
  );
  const signature = fc.oneof(
    fc.constantFrom("", "AA", "A".repeat(86), "A".repeat(342), "*"),
    hostileText,
  );
  const text = fc.oneof({ weight: 5, arbitrary: payload }, { weight: 1, arbitrary: hostileJson });
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(header, text, signature)
        .map(([head, body, end]) => `${base64url(head)}.${base64url(body)}.${end}`),
    },
    { weight: 1, arbitrary: hostileText },
    {
      weight: 1,
      arbitrary: fc.constantFrom("..", "a.b.c", "e30.e30.", "e30.eyJpc3MiOnsidG9TdHJpbmciOjF9fQ.x"),
    },
  );
}
