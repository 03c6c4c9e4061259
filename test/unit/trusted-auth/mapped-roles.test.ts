import { describe, expect, test } from "@jest/globals";
import { readRoles } from "../../../src/trusted-auth/mapped-roles.js";

const uuids = (count: number) => Array.from({ length: count }, () => crypto.randomUUID());

describe("readRoles", () => {
  test.each<[string, unknown, string[]]>([
    ["a list, each role once", ["admin", "billing:read", "admin"], ["admin", "billing:read"]],
    ["a single role", "admin", ["admin"]],
    ["a single role whose name has a space", "Site Admins", ["Site Admins"]],
    ["paths of groups", ["/engineering/backend", "/"], ["/engineering/backend", "/"]],
    ["distinguished names", ["CN=Admins,OU=x"], ["CN=Admins,OU=x"]],
    ["letters of any script", ["Geschäftsführung", "管理者"], ["Geschäftsführung", "管理者"]],
    ["long names", ["x".repeat(255)], ["x".repeat(255)]],
    ["numbers", [1, 25, 0], ["1", "25", "0"]],
    ["a single number", 7, ["7"]],
    ["keys of an object", { admin: { 1: "acme.example" }, dev: {} }, ["admin", "dev"]],
    ["keys that are true", { admin: true, editor: false, dev: "False", qa: null }, ["admin"]],
    ["keys that are true as text or a number", { admin: "True", dev: 1, qa: 0 }, ["admin", "dev"]],
    [
      "a list of objects",
      [{ admin: { 1: "acme.example" } }, { dev: {} }, "qa"],
      ["admin", "dev", "qa"],
    ],
    ["groups of SCIM", [{ value: "admin", display: "Admins" }, { value: "dev" }], ["admin", "dev"]],
    ["a list as text, as of Cognito", '["admin","editor"]', ["admin", "editor"]],
    ["an empty list as text", " [] ", []],
    ["a text in brackets that is no list", "[Site Admins]", ["[Site Admins]"]],
    ["a text in brackets with two lists", '["a"] ["b"]', ['["a"] ["b"]']],
    ["an empty list", [], []],
    ["an empty object", {}, []],
    ["an empty text", "", []],
    ["null", null, []],
    ["no claim", undefined, []],
  ])("reads %s", (_, claim, value) => {
    expect(readRoles(claim)).toEqual({ value, leftOut: [] });
  });

  test("reads 200 groups of Microsoft Entra", () => {
    const groups = uuids(200);
    expect(readRoles(groups)).toEqual({ value: groups, leftOut: [] });
  });

  test("leaves out what cannot be a role, and counts it", () => {
    const claim = [
      "admin",
      "",
      " padded",
      "x".repeat(256),
      "a\u0000",
      "\ud800",
      "ad\u200bmin",
      "\u202eadmin",
      "admin\u3164",
      "admin\ufe0f",
      "admin\u{e0061}",
      ["dev"],
      true,
      1.5,
    ];
    expect(readRoles(claim)).toEqual({
      value: ["admin"],
      leftOut: [
        { reason: "NOT_TEXT", count: 3 },
        { reason: "INVALID", count: 10 },
      ],
    });
  });

  test.each([
    { admin: "no" },
    { slug: "admin" },
    { id: 7 },
    [{ name: "admin", id: 1 }],
    [{ name: "admin", meta: {} }],
  ])("takes no name of a property for a role: %j", (claim) => {
    expect(readRoles(claim)).toEqual({ value: [], leftOut: [{ reason: "NOT_TEXT", count: 1 }] });
  });

  test.each([true, 2 ** 53, 0.5])("leaves out %j", (claim) => {
    expect(readRoles(claim)).toEqual({ value: [], leftOut: [{ reason: "NOT_TEXT", count: 1 }] });
  });

  test("leaves out what is beyond 250 roles", () => {
    const roles = Array.from({ length: 300 }, (_, index) => `role-${index}`);
    const leftOut = [{ reason: "TOO_MANY", count: 50 }];
    expect(readRoles(roles)).toEqual({ value: roles.slice(0, 250), leftOut });
  });

  test("leaves out what is beyond 8 KB", () => {
    const roles = Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(200, "é"));
    const { value, leftOut } = readRoles(roles);
    expect(value).toEqual(roles.slice(0, value.length));
    expect(leftOut).toEqual([{ reason: "TOO_MANY", count: 100 - value.length }]);
    const bytes = Buffer.byteLength(JSON.stringify(value));
    expect(bytes).toBeLessThanOrEqual(8192);
    expect(bytes).toBeGreaterThan(8192 - 410);
  });
});
