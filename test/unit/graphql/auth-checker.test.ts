import "reflect-metadata";
import { describe, expect, test } from "@jest/globals";
import { graphql } from "graphql";
import { Authorized, buildSchemaSync, Field, ObjectType, Query, Resolver } from "type-graphql";
import { authChecker } from "../../../src/graphql/auth-checker.js";
import type { RequestContext } from "../../../src/graphql-types/current-caller.js";
import { systemCaller } from "../../../src/shared/caller.js";
import { CountersignError } from "../../../src/shared/errors.js";
import {
  OWN_CREDENTIALS,
  type Permission,
  type Requirement,
} from "../../../src/shared/permissions.js";

@ObjectType()
class Thing {
  @Field(() => String)
  name!: string;

  @Authorized<Requirement>("audit:read")
  @Field(() => String, { nullable: true })
  history!: string;
}

@Resolver()
class ThingResolver {
  @Authorized<Requirement>("settings:read")
  @Query(() => Thing)
  thing() {
    return { name: "a thing", history: "long" };
  }

  @Authorized<Requirement>(OWN_CREDENTIALS)
  @Query(() => String)
  open() {
    return "public";
  }
}

const schema = buildSchemaSync({ resolvers: [ThingResolver], authChecker, validate: false });

const ask = async (source: string, permissions: Permission[] | null) => {
  const authenticate = async () => {
    if (!permissions) throw new CountersignError("UNAUTHENTICATED", "Who are you?");
    return { ...systemCaller("project"), permissions: new Set(permissions) };
  };
  const origin = { requestId: "", ipAddress: "" };
  const contextValue: RequestContext = {
    source: origin,
    hasCredentials: permissions !== null,
    authenticate,
  };
  const { data, errors } = await graphql({ schema, source, contextValue });
  const codes = errors?.map(({ path, originalError }) => [
    path?.join("."),
    (originalError as CountersignError).code,
  ]);
  return { data: JSON.parse(JSON.stringify(data)), codes };
};

describe("a permission beside an operation or a field", () => {
  test("allows a caller with it", async () => {
    expect(await ask("{ thing { name history } }", ["settings:read", "audit:read"])).toEqual({
      data: { thing: { name: "a thing", history: "long" } },
    });
  });

  test("refuses a caller without it", async () => {
    expect(await ask("{ thing { name } }", ["audit:read"])).toEqual({
      data: null,
      codes: [["thing", "FORBIDDEN"]],
    });
  });

  test("refuses an unauthenticated caller", async () => {
    expect(await ask("{ thing { name } }", null)).toEqual({
      data: null,
      codes: [["thing", "UNAUTHENTICATED"]],
    });
  });

  test("guards its own field only", async () => {
    expect(await ask("{ thing { name history } }", ["settings:read"])).toEqual({
      data: { thing: { name: "a thing", history: null } },
      codes: [["thing.history", "FORBIDDEN"]],
    });
  });

  test("is not checked for an operation with its own credentials", async () => {
    expect(await ask("{ open }", null)).toEqual({ data: { open: "public" } });
  });
});
