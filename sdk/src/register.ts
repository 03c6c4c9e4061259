/**
 * The projects that `countersign-typegen` has written types of, by their ids. Each generated file adds its project by
 * declaration merging. While there is none, every string is an audience and a scope.
 *
 * @example
 * import type {} from "@countersign/sdk";
 *
 * declare module "@countersign/sdk" {
 *   interface Register {
 *     "project-test-1": {
 *       audiences: { "https://api.example.com": "orders:read" | "orders:write" };
 *       defaultAudience: "https://api.example.com";
 *       claims: { customer_id?: string };
 *       sessionClaims: { email?: string };
 *     };
 *   }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: declaration merging fills it
export interface Register {}

/** What is known of a project without generated types. */
interface UnregisteredProject {
  audiences: Record<string, string>;
  defaultAudience: string;
  claims: Record<string, unknown>;
  sessionClaims: Record<string, unknown>;
}

/** A union, over which the types below distribute. */
type Project = [keyof Register] extends [never] ? UnregisteredProject : Register[keyof Register];

type StringKey<T> = T extends unknown ? keyof T & string : never;
type Member<T, Name extends string> = T extends unknown
  ? Name extends keyof T
    ? T[Name]
    : never
  : never;
type StringMember<T, Name extends string> = T extends unknown
  ? Name extends keyof T
    ? T[Name] & string
    : never
  : never;
type ProjectWith<A extends string, P = Project> = P extends { audiences: infer Audiences }
  ? [A & keyof Audiences] extends [never]
    ? never
    : P
  : never;

/** `aud` of access tokens: the identifier of an API of your project, or the project's id. */
export type Audience = StringKey<Member<Project, "audiences">>;

/** The audience of token requests that name none. */
export type DefaultAudience = StringMember<Project, "defaultAudience"> & Audience;

/** A scope of this audience; without one, of any audience. Where an API defines `read:*`, each `read:…` is one. */
export type Scope<A extends Audience = Audience> = StringMember<Member<Project, "audiences">, A>;

/** What the claims template of the project puts into access tokens for this audience. */
export type CustomClaims<A extends Audience = Audience> = Member<ProjectWith<A>, "claims">;

/** What the claims template of the project puts into session JWTs. */
export type SessionCustomClaims = Member<Project, "sessionClaims">;

/** The audience itself. While no project is registered, `string`, so that types name no audience needlessly. */
export type RegisteredAudience<A extends Audience> = string extends Audience ? string : A;
