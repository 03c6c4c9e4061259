import {
  type GraphQLInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import { type RootField, sampleValue } from "../support/any-operation.js";

/** Values of a project by the name of the argument or input field that takes them. */
export type OwnValues = Readonly<Record<string, string>>;

/** A place in an operation's arguments that can name something of another project. */
export interface Place {
  /** Such as `input.clientId`. */
  path: string;
  /** The operation's variables with this value in the place, and values of the caller elsewhere. */
  variables(value: string): Record<string, unknown>;
}

/** Ids that are stored without being looked up, so that they are never those of another project. */
const STORED_AS_TEXT = ["introspectionClientId"];

/** Places that take an id, or that have one of the names. */
export function placesOf(field: RootField, own: OwnValues): Place[] {
  const base = Object.fromEntries(
    field.args
      .filter(({ type }) => isNonNullType(type))
      .map(({ name, type }) => [name, baseValue(name, type, own)]),
  );
  return field.args.flatMap(({ name, type }) =>
    placesIn(name, type, own).map(({ path, variables }) => ({
      path,
      variables: (value: string) => ({ ...base, ...variables(value) }),
    })),
  );
}

function placesIn(name: string, type: GraphQLInputType, own: OwnValues): Place[] {
  const inner = getNullableType(type);
  if (isListType(inner)) {
    return placesIn(name, inner.ofType, own).map(({ path, variables }) => ({
      path,
      variables: (value) => ({ [name]: [variables(value)[name]] }),
    }));
  }
  if (isInputObjectType(inner)) {
    const base = baseValue(name, inner, own) as object;
    return Object.values(inner.getFields()).flatMap((member) =>
      placesIn(member.name, member.type, own).map(({ path, variables }) => ({
        path: `${name}.${path}`,
        variables: (value: string) => ({ [name]: { ...base, ...variables(value) } }),
      })),
    );
  }
  if (STORED_AS_TEXT.includes(name)) return [];
  if (isEnumType(inner) || !(inner.name === "ID" || name in own)) return [];
  return [{ path: name, variables: (value) => ({ [name]: value }) }];
}

/** A value of the caller's own project, with its required fields only. */
function baseValue(name: string, type: GraphQLInputType, own: OwnValues): unknown {
  const inner = getNullableType(type);
  if (isListType(inner)) return [baseValue(name, inner.ofType, own)];
  if (!isInputObjectType(inner)) return own[name] ?? sampleValue(inner);
  return Object.fromEntries(
    Object.values(inner.getFields())
      .filter((member) => isNonNullType(member.type))
      .map((member) => [member.name, baseValue(member.name, member.type, own)]),
  );
}
