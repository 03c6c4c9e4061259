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
  mixed: ["dev", 5],
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
    ["mixed", "EQUALS", ["dev"]],
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
