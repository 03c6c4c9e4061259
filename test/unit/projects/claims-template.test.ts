import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ClaimsTemplate } from "../../../src/projects/claims-template.js";
import { ClaimsTemplateError } from "../../../src/projects/claims-template-error.js";
import { M2M_TEMPLATE, TEMPLATE_PLACEHOLDERS } from "../../../src/projects/template-language.js";
import type { JsonObject } from "../../../src/shared/trusted-metadata.js";

const render = (
  template: string,
  metadata: JsonObject = {},
  name: string | null = "Billing",
  parameters: Readonly<Record<string, string>> = {},
) =>
  ClaimsTemplate.parse(template, M2M_TEMPLATE).render({
    client: {
      client_id: "client_1",
      name,
      owner: { type: "MEMBER", id: "member_1" },
      trusted_metadata: metadata,
    },
    project: { project_id: "project_1" },
    request: (parameter) =>
      Object.hasOwn(parameters, parameter) ? parameters[parameter] : undefined,
  });
const problem = (template: string) => {
  try {
    ClaimsTemplate.parse(template, M2M_TEMPLATE);
  } catch (error) {
    if (error instanceof ClaimsTemplateError) return error.message;
    throw error;
  }
  return null;
};

describe("a claims template", () => {
  test("replaces placeholders by values", () => {
    expect(
      render(
        '{"a":{{client.client_id}},"b":[{{ project.project_id }}],"c":{"d":{{ client.name }}}}',
      ),
    ).toEqual({ a: "client_1", b: ["project_1"], c: { d: "Billing" } });
  });

  test("without placeholders is rendered unchanged", () => {
    expect(render('{ "a": [1, 2.5, true, null, "x", {}] }')).toEqual({
      a: [1, 2.5, true, null, "x", {}],
    });
  });

  test("passes every JSON value through unchanged", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const metadata = JSON.parse(JSON.stringify({ value })) as JsonObject;
        const expected = metadata["value"] === null ? {} : metadata;
        expect(render('{ "value": {{ client.trusted_metadata.value }} }', metadata)).toEqual(
          expected,
        );
      }),
    );
  });

  test.each([
    ['"{ a }"', "{ a }"],
    ['"{ { x } }"', "{ { x } }"],
    ['"100 % } {"', "100 % } {"],
    ['"$5"', "$5"],
    ['"\\\\"', "\\"],
  ])("keeps the string %s, which is no placeholder", (string, expected) => {
    expect(render(`{ "fixed": ${string}, "name": {{ client.name }} }`)).toEqual({
      fixed: expected,
      name: "Billing",
    });
  });

  test("ignores inherited properties", () => {
    for (const path of ["constructor", "__proto__", "toString", "a.length", "a.constructor"]) {
      expect(render(`{ "x": {{ client.trusted_metadata.${path} }} }`, { a: "text" })).toEqual({});
    }
  });

  test("omits missing and null values, also in lists", () => {
    expect(
      render(
        '{ "a": {{ client.name }}, "b": [1, {{ client.name }}], "c": { "d": {{ client.name }} } }',
        {},
        null,
      ),
    ).toEqual({ b: [1], c: {} });
  });

  test("puts the text of a value into a string", () => {
    const metadata = { text: '"}, {{ client.name }}', list: [1, "a"], flag: false, nothing: null };
    const string = (content: string) => render(`{ "x": ${content} }`, metadata)["x"];
    expect(string('"user:{{ client.client_id }}"')).toBe("user:client_1");
    expect(string('"{{ client.client_id }}"')).toBe("client_1");
    expect(string('"{{client.client_id}}/{{ client.name }}!"')).toBe("client_1/Billing!");
    expect(string('"<{{ client.trusted_metadata.text }}>"')).toBe('<"}, {{ client.name }}>');
    expect(string('"{{ client.trusted_metadata.list }}"')).toBe('[1,"a"]');
    expect(string('"is {{ client.trusted_metadata.flag }}"')).toBe("is false");
    expect(string('"\\u007b{ client.name }}"')).toBe("Billing");
    expect(string('"{{ client.trusted_metadata.nothing }}"')).toBeUndefined();
    expect(string('"user:{{ client.trusted_metadata.missing }}"')).toBeUndefined();
  });

  test("falls back from missing and null values only", () => {
    const metadata = { empty: "", zero: 0, no: false, nothing: null, last: "x" };
    const first = (...names: string[]) => {
      const operands = names.map((name) => `client.trusted_metadata.${name}`).join(" || ");
      return render(`{ "x": {{ ${operands} }} }`, metadata)["x"];
    };
    expect(first("missing", "nothing", "last")).toBe("x");
    expect(first("empty", "last")).toBe("");
    expect(first("zero", "last")).toBe(0);
    expect(first("no", "last")).toBe(false);
    expect(first("missing", "nothing")).toBeUndefined();
    expect(render('{"x":"{{client.trusted_metadata.tier||client.name}}"}')).toEqual({
      x: "Billing",
    });
  });

  test.each([
    ['"free"', "free"],
    ['"a \\"quoted\\" || }} one"', 'a "quoted" || }} one'],
    ["-1.5e2", -150],
    ["true", true],
    ["false", false],
  ])("may fall back to the constant %s", (constant, expected) => {
    const template = `{ "x": {{ client.trusted_metadata.tier || ${constant} }} }`;
    expect(render(template)).toEqual({ x: expected });
    expect(render(template, { tier: "gold" })).toEqual({ x: "gold" });
    const quoted = JSON.stringify(`{{ client.trusted_metadata.tier || ${constant} }}`);
    expect(render(`{ "x": ${quoted} }`)).toEqual({ x: String(expected) });
  });

  test("reads any key in brackets, also in strings", () => {
    const key = fc.string({ unit: "grapheme", maxLength: 20 });
    fc.assert(
      fc.property(key, key, fc.string(), (outer, inner, content) => {
        const metadata = { [outer]: { [inner]: content } };
        const path = `client.trusted_metadata[${JSON.stringify(outer)}][ ${JSON.stringify(inner)} ]`;
        expect(render(`{ "x": {{ ${path} }} }`, metadata)).toEqual({ x: content });
        const quoted = JSON.stringify(`<{{ ${path} }}>`);
        expect(render(`{ "x": ${quoted} }`, metadata)).toEqual({ x: `<${content}>` });
      }),
    );
    expect(
      render('{ "x": {{ client.trusted_metadata["https://a.b/c"].d.0 }} }', {
        "https://a.b/c": { d: ["e"] },
      }),
    ).toEqual({ x: "e" });
  });

  test("keeps hostile values in their place", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.jsonValue(), (text, json) => {
        const metadata = JSON.parse(JSON.stringify({ text, json })) as JsonObject;
        const claims = render(
          `{ "string": "a{{ client.trusted_metadata.text }}b", "value": {{ client.trusted_metadata.text }},
             "json": "{{ client.trusted_metadata.json }}", "last": true }`,
          metadata,
        );
        const jsonText = typeof json === "string" ? metadata["json"] : JSON.stringify(json);
        expect(JSON.parse(JSON.stringify(claims))).toEqual({
          string: `a${String(metadata["text"])}b`,
          value: metadata["text"],
          ...(json !== null && { json: jsonText }),
          last: true,
        });
      }),
    );
  });

  test("may set claims that frameworks read, but none that says who the token is for", () => {
    const names = ["roles", "groups", "scp", "authorities", "permissions", "entitlements"];
    const template = `{ ${names.map((name) => `"${name}": {{ client.trusted_metadata.of }}`)} }`;
    expect(render(template, { of: ["admin"] })).toEqual(
      Object.fromEntries(names.map((name) => [name, ["admin"]])),
    );
  });

  test("has a list of its placeholders with descriptions", () => {
    for (const { name, description } of TEMPLATE_PLACEHOLDERS.M2M) {
      expect(problem(`{ "x": {{ ${name} }}, "y": "{{ ${name} }}" }`)).toBeNull();
      expect(description).toMatch(/^[A-Z].*\.$/);
    }
    expect(TEMPLATE_PLACEHOLDERS.SESSION.map(({ name }) => name)).toContain("member.roles");
  });

  test("names the id and the type of the owner, and nothing else of it", () => {
    expect(render(`{ "a": {{ client.owner.id }}, "b": "{{ client.owner['type'] }}:x" }`)).toEqual({
      a: "member_1",
      b: "MEMBER:x",
    });
    for (const name of [
      "client.owner",
      "client.owner.name",
      "client.owner.id.x",
      'client["owner.id"]',
      "member.id",
    ]) {
      expect(problem(`{ "a": {{ ${name} }} }`)).toMatch(
        /A placeholder must name one of client\.client_id, client\.name, client\.owner\.id, client\.owner\.type, /,
      );
    }
  });

  test("may contain __proto__ in a claim without effect on prototypes", () => {
    render('{ "a": { "__proto__": { "polluted": true } } }');
    expect({}).not.toHaveProperty("polluted");
  });

  test.each([
    ["", /Must be JSON/],
    ["{", /Must be JSON/],
    ["null", /JSON object/],
    ["{{ client.name }}", /JSON object/],
    ['{ "a": {{ client.name }} {{ client.name }} }', /Must be JSON/],
    ["{ {{ client.name }}: 1 }", /not for a name/],
    ['{ "a": {{ client }} }', /must name one of/],
    ['{ "a": {{ client.client_id.x }} }', /must name one of/],
    ['{ "a": {{ project.name }} }', /must name one of/],
    ['{ "a": {{ }} }', /must name one of/],
    [
      '{ "a": {{ env.user_id }} }',
      /^env\.user_id is unknown\. A placeholder must name one of client\.client_id, client\.name, .*, request\.<parameter> or a path below client\.trusted_metadata \(line 1, column 11\)$/,
    ],
    [
      '{ "a": "{{ client.trusted_metadata["a.b"] }}" }',
      /not closed by }} \(line 1, column 9\)\. Within a string, its double quotes must be escaped/,
    ],
    ['{ "a": {{ client.trusted_metadata["a.b"] }', /not closed by }} \(line 1, column 8\)$/],
    ['{ "a": "user:{{ env.user_id }}" }', /must name one of/],
    ['{ "a": "{{ client.trusted_metadat.user_id }}" }', /must name one of/],
    ['{ "a": {{ client.name || project.name }} }', /must name one of/],
    ['{ "a": {{ client.name || }} }', /must name one of/],
    ['{ "a": {{ || client.name }} }', /must name one of/],
    ['{ "a": {{ null }} }', /must name one of/],
    ['{ "a": {{ client["name"]["x"] }} }', /must name one of/],
    ['{ "a": {{ client.trusted_metadata.a b }} }', /must have the form/],
    ['{ "a": {{ client.trusted_metadata[-1] }} }', /must have the form/],
    ['{ "a": {{ client.trusted_metadata. }} }', /must have the form/],
    ['{ "a": {{ client.name | upper }} }', /must have the form/],
    ['{ "a": {{ client.trusted_metadata[\'x"] }} }', /must have the form/],
    ['{ "a": {{ client.trusted_metadata["\\x"] }} }', /must be JSON/],
    ['{ "{{ client.name }}": 1 }', /not for a name/],
    ['{ "\\u007b{ client.name }}": 1 }', /not for a name/],
    ['{ "a": "{{ client.name" }', /not closed/],
    ['{ "a": {{ client.name', /not closed/],
    ['{ "scope": "x" }', /"scope" is a reserved claim/],
    ['{ "\\u0069ss": "x" }', /"iss" is a reserved claim/],
    ['{ "Scope": "x" }', /"Scope" is a reserved claim/],
    ['{ "scope ": "x" }', /"scope " is a reserved claim/],
    ['{ "\\u00a0tier": "x" }', /must not begin or end with white space \(line 1, column 3\)/],
    ['{ "__proto__": { "scope": "x" } }', /"__proto__" is a reserved claim/],
    ['{ "constructor": "x" }', /"constructor" is a reserved claim/],
    ['{ "Prototype": "x" }', /"Prototype" is a reserved claim/],
    ['{ "HTTPS://stytch.com/session": {} }', /is a reserved claim/],
    ['{ "role": "admin", "realm_access": {}, "resource_access": {} }', null],
    ['{ "https://stytch.com/session": {} }', /is a reserved claim/],
    [
      '{ "sub": "x" }',
      /Reserved are iss, sub, aud, .* and what begins with https:\/\/stytch\.com\/$/,
    ],
    ['{ "a": "x }} y" }', /close no placeholder \(line 1, column 11\)/],
    ['{ "a": "{{ client.name }}}" }', null],
    ['{ "a": "{{ client.name }}}}" }', /close no placeholder/],
    ['{ "a": "{ {client.name}}" }', /close no placeholder/],
    ['{ "a": "{{{ client.name }}}" }', /must name one of/],
    ['{ "a": {{{ client.name }}} }', /must name one of/],
    ['{ "a": "{ client.name }" }', /has two braces on each side/],
    ['{ "a": "{client.trusted_metadata.x}" }', /has two braces on each side/],
    [`{ "a": "$\{client.name}" }`, /must have the form/],
    ['{ "a": "{% if x %}" }', /must have the form/],
    ['{ "a": "<%= x %>" }', /must have the form/],
    ['{ "a": "{{#if x}}" }', /must name one of/],
    ['{ "a": "{{user.metadata}}" }', /^user\.metadata is unknown\. A placeholder must name one of/],
    ['{ "a": "x", "b": 1, "\\u0061": "y" }', /Must not repeat a name \(line 1, column 21\)/],
    ['{ "a": "x\\u0000" }', /valid Unicode without the NUL .*\(line 1, column 8\)/],
    ['{ "a": ["x", "\\ud800"] }', /valid Unicode .*\(line 1, column 14\)/],
    ['{ "a\\u0000": "x" }', /valid Unicode .*\(line 1, column 3\)/],
    ['{ "a": {{ client.name || "\\u0000" }} }', /valid Unicode .*\(line 1, column 26\)/],
    ['{ "a": gold }', /Must be JSON.* \(line 1, column 8\)/],
    ["{ 'a': 1 }", /Must be JSON.* \(line 1, column 3\)/],
    ['{ "a": 1, }', /Must be JSON/],
    ['{ "a": 01 }', /Must be JSON/],
    ['{ "a": "\u0001" }', /must be JSON/i],
    [
      '{ "a": 1163287654321098753 }',
      /beyond 2\^53 would lose digits: send it as a string \(line 1, column 8\)/,
    ],
    [
      '{ "a": {{ client.name || 1163287654321098753 }} }',
      /send it as a string \(line 1, column 26\)/,
    ],
    ['{ "a": 1e999 }', /Numbers must be at most/],
    ['{ "a": -0 }', /-0/],
  ])("%s is refused with a reason", (template, sentence) => {
    if (sentence) expect(problem(template)).toMatch(sentence);
    else expect(problem(template)).toBeNull();
  });

  test.each(["'a", "'it\\'s'", "null", "", "free", '"a', "[1]", "{}"])(
    "refuses the constant %s and says how constants are written",
    (constant) => {
      const message = problem(`{ "a": {{ client.name || ${constant} }} }`);
      expect(message).toMatch(/must name one of .*\. A constant after \|\| is a text in quotes/);
      expect(message).not.toMatch(/free(?!')/);
    },
  );

  test("reads single quotes as double ones, and an index in brackets", () => {
    const path = "client.trusted_metadata";
    for (const [placeholder, value] of [
      [`${path}.none || 'free'`, "free"],
      [`${path}.none || '}} || x'`, "}} || x"],
      [`${path}['a.b']`, "dotted"],
      [`${path}.list[1]`, "second"],
    ]) {
      const quoted = `{ "x": "{{ ${placeholder} }}" }`;
      for (const template of [quoted, `{ "x": {{ ${placeholder} }} }`]) {
        expect(render(template, { "a.b": "dotted", list: ["first", "second"] })).toEqual({
          x: value,
        });
      }
    }
  });

  test("names a short name that is unknown, and repeats nothing else", () => {
    const of = (name: string) => problem(`{ "a": {{ ${name} }} }`);
    expect(of("client.nam")).toMatch(/^client\.nam is unknown\. A placeholder must name one of/);
    expect(of("client.name || cliet.name")).toContain("cliet.name is unknown");
    for (const name of [`client.${"x".repeat(34)}`, "client.tür", "secret", 'client["sec ret"]']) {
      expect(of(name)).not.toContain("is unknown");
    }
  });

  test.each([
    ["quotes in no string", '\\"'],
    ["unclosed strings", '"\\"'],
    ["strings", '"x"'],
    ["backslashes", "\\"],
    ["braces", "{ {"],
    ["placeholders", "{{client.name}}"],
    ["constants", '{{ client.name || 12 || "x" }}'],
    ["spaces in a placeholder", "{{ client.name    "],
    ["digits in a placeholder", "{{ client.name || 123"],
    ["strings in a placeholder", '{{ client.name || "x"'],
  ])("takes time in proportion to its length: %s", (_what, piece) => {
    const milliseconds = (length: number) => {
      const text = `{"a":${piece.repeat(length / piece.length)}}`;
      const times = Array.from({ length: 20 }, () => {
        const start = performance.now();
        problem(text);
        return performance.now() - start;
      });
      return Math.min(...times);
    };
    // Quadratic time would grow by a factor of 256. Short times are not exact.
    expect(milliseconds(4080)).toBeLessThan(80 * Math.max(milliseconds(255), 0.05));
  });

  test.each([
    ['{\n  "a": 1,\n  "b": {{ foo }}\n}', "line 3, column 11"],
    ['{\r\n  "b": "text {{ foo }}" }', "line 2, column 17"],
    ['{ "b": "\\u0041\\n\\"{{ foo }}" }', "line 1, column 22"],
    ['{ "a": "{{ client.name" }', "line 1, column 9"],
    ['{ "a": { "b": [1, {{ client.name | up }}] } }', "line 1, column 33"],
    ['{ "a": 1,\n  "iss": 2 }', "line 2, column 3"],
  ])("tells the position of the problem in %j", (template, position) => {
    expect(problem(template)).toContain(`(${position})`);
  });

  test("leaves nothing of a placeholder in a claim", () => {
    const piece = fc.constantFrom(
      "{{",
      "}}",
      " {{ client.name }} ",
      "{{client.trusted_metadata.x}}",
      '{{ client.trusted_metadata.x || \\"y\\" }}',
      "{",
      "}",
      "\\u007b",
      "\\u007d",
      "%",
      "$",
      "client.name",
      "text",
    );
    const metadata = fc.record({ x: fc.oneof(fc.constant(null), fc.stringMatching(/^[a-z]*$/)) });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), metadata, (pieces, values) => {
        const template = `{ "a": "${pieces.join("")}", "b": ["${pieces.join("")}"] }`;
        if (problem(template) !== null) return;
        expect(JSON.stringify(Object.values(render(template, values)))).not.toMatch(
          /\{\{|\}\}(?!$)|\{\s*client\.|trusted_metadata/,
        );
      }),
    );
  });

  test("is refused with a reason or renders an object, for any text", () => {
    const piece = fc.constantFrom(
      "{",
      "}",
      "{{",
      "}}",
      '"',
      "\\",
      "||",
      '"x"',
      ".x",
      '["x"]',
      "@",
      ":",
      ",",
      "[",
      "]",
      " client.name ",
      "1",
      "\\u0040",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const template = `{ "a": ${pieces.join("")} }`;
        if (problem(template) === null) expect(render(template)).toBeInstanceOf(Object);
      }),
    );
  });
});
