import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ClaimsTemplate, ClaimsTemplateError } from "../../../src/projects/claims-template.js";
import { M2M_VARIABLES } from "../../../src/projects/template-variables.js";
import type { JsonObject } from "../../../src/shared/trusted-metadata.js";

const render = (template: string, metadata: JsonObject = {}, name: string | null = "Billing") =>
  ClaimsTemplate.parse(template, M2M_VARIABLES).render({
    client: { client_id: "client_1", name, trusted_metadata: metadata },
    project: { project_id: "project_1" },
  });
const problem = (template: string) => {
  try {
    ClaimsTemplate.parse(template, M2M_VARIABLES);
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
    ['"@0"', "@0"],
    ['"@"', "@"],
    ['"\\u00400"', "@0"],
    ['"\\u0040\\u0040x"', "@@x"],
    ['"{{ client.name }}"', "{{ client.name }}"],
    ['"\\"{{"', '"{{'],
    ['"\\\\"', "\\"],
  ])("keeps the string %s, which resembles a placeholder", (string, expected) => {
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

  test("may contain __proto__ without effect on prototypes", () => {
    render('{ "__proto__": { "polluted": true } }');
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
    ['{ "a": {{ client.trusted_metadata.a b }} }', /must name one of/],
    ['{ "a": {{ client.name', /not closed/],
    ['{ "scope": "x" }', /"scope" is a reserved claim/],
    ['{ "\\u0069ss": "x" }', /"iss" is a reserved claim/],
  ])("%s is refused with a reason", (template, sentence) => {
    expect(problem(template)).toMatch(sentence);
  });

  test("is refused with a reason or renders an object, for any text", () => {
    const piece = fc.constantFrom(
      "{",
      "}",
      "{{",
      "}}",
      '"',
      "\\",
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
