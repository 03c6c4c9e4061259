import { describe, expect, test } from "@jest/globals";
import {
  type ClaimCondition,
  claimConditions,
  meetsCondition,
} from "../../../src/trusted-auth/claim-conditions.js";

const claims = {
  repository: "octo-org/octo-repo",
  repository_id: 74,
  private: true,
  groups: ["dev", "ops"],
  mixed: ["dev", 5, false, null, { a: 1 }, ["nested"], JSON.parse("12345678901234567890")],
  site_groups: ["Site Admins"],
  scope: "openid read:users  write:users",
  huge: JSON.parse("12345678901234567890"),
  nothing: null,
  empty: "",
  "kubernetes.io": { namespace: "payments", serviceaccount: { name: "worker" } },
  "kubernetes.io/serviceaccount/namespace": "legacy",
};
const meets = (claim: string, operator: ClaimCondition["operator"], ...values: string[]) =>
  meetsCondition(claims, { claim, operator, values });

describe("meetsCondition", () => {
  test.each<[string, ClaimCondition["operator"], string[]]>([
    ["repository", "EQUALS", ["octo-org/octo-repo"]],
    ["repository", "IN", ["octo-org/other", "octo-org/octo-repo"]],
    ["repository", "STARTS_WITH", ["other/", "octo-org/"]],
    ["repository_id", "EQUALS", ["74"]],
    ["private", "EQUALS", ["true"]],
    ["groups", "EQUALS", ["ops"]],
    ["groups", "STARTS_WITH", ["de"]],
    ["repository", "ENDS_WITH", ["/other", "/octo-repo"]],
    ["groups", "ENDS_WITH", ["ps"]],
    ["mixed", "EQUALS", ["dev"]],
    ["mixed", "IN", ["5"]],
    ["mixed", "EQUALS", ["false"]],
    ["groups", "CONTAINS", ["none", "ops"]],
    ["mixed", "CONTAINS", ["5"]],
    ["site_groups", "CONTAINS", ["Site Admins"]],
    ["scope", "CONTAINS", ["read:users"]],
    ["repository_id", "CONTAINS", ["74"]],
    ["kubernetes.io.serviceaccount.name", "EQUALS", ["worker"]],
    ["kubernetes.io.namespace", "IN", ["payments"]],
    ["kubernetes.io/serviceaccount/namespace", "EQUALS", ["legacy"]],
  ])("%s %s %j is met", (claim, operator, values) => {
    expect(meets(claim, operator, ...values)).toBe(true);
  });

  test.each<[string, ClaimCondition["operator"], string[]]>([
    ["repository", "EQUALS", ["octo-org/octo-rep"]],
    ["repository", "EQUALS", ["Octo-Org/Octo-Repo"]],
    ["repository", "EQUALS", ["octo-org/octo-repo/"]],
    ["repository", "IN", ["octo-org/octo"]],
    ["repository", "STARTS_WITH", ["octo-repo"]],
    ["repository_id", "EQUALS", ["74.0"]],
    ["huge", "EQUALS", ["12345678901234567000"]],
    ["private", "EQUALS", ["1"]],
    ["repository", "ENDS_WITH", ["octo-org/"]],
    ["repository", "ENDS_WITH", ["Octo-Repo"]],
    ["mixed", "EQUALS", ["12345678901234567000"]],
    ["mixed", "EQUALS", ["[object Object]"]],
    ["mixed", "EQUALS", ["nested"]],
    ["mixed", "EQUALS", ["null"]],
    ["scope", "CONTAINS", ["read"]],
    ["scope", "CONTAINS", ["read:users write:users"]],
    ["scope", "EQUALS", ["read:users"]],
    ["site_groups", "CONTAINS", ["Admins"]],
    ["missing", "CONTAINS", ["undefined"]],
    ["nothing", "EQUALS", ["null"]],
    ["empty", "EQUALS", ["x"]],
    ["missing", "EQUALS", ["undefined"]],
    ["kubernetes.io", "EQUALS", ["[object Object]"]],
    ["kubernetes.io.serviceaccount", "STARTS_WITH", ["[object"]],
    ["toString", "STARTS_WITH", ["f"]],
    ["groups.length", "EQUALS", ["2"]],
  ])("%s %s %j is not met", (claim, operator, values) => {
    expect(meets(claim, operator, ...values)).toBe(false);
  });
});

describe("claimConditions", () => {
  const valid = { claim: "a", operator: "EQUALS", values: ["1"] };
  test.each([
    [[{ ...valid, values: [] }]],
    [[{ ...valid, values: [""] }]],
    [[{ ...valid, operator: "STARTS_WITH", values: [""] }]],
    [[{ ...valid, operator: "ENDS_WITH", values: [""] }]],
    [[{ ...valid, operator: "CONTAINS", values: ["a", " "] }]],
    [[{ ...valid, values: ["1", "2"] }]],
    [[{ ...valid, operator: "IN", values: Array.from({ length: 51 }, String) }]],
    [[{ ...valid, operator: "MATCHES" }]],
    [[{ ...valid, claim: "a..b" }]],
    [Array.from({ length: 21 }, () => valid)],
  ])("refuses %j", (conditions) => {
    expect(claimConditions.safeParse(conditions).success).toBe(false);
  });

  test("accepts up to 20 conditions, each with up to 50 values", () => {
    const many = { ...valid, operator: "IN", values: Array.from({ length: 50 }, String) };
    const conditions = Array.from({ length: 20 }, () => many);
    expect(claimConditions.safeParse(conditions).success).toBe(true);
  });
});
