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
 *       apis: { "https://api.example.com": "orders:read" | "orders:write" };
 *       defaultAudience: "https://api.example.com";
 *       claims: { customer_id?: string };
 *       sessionClaims: { email?: string };
 *     };
 *   }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: declaration merging fills it
export interface Register {}

/** What is known of projects without generated types. */
interface AnyProjects {
  [projectId: string]: {
    apis: Record<string, string>;
    defaultAudience: string;
    claims: Record<string, unknown>;
    sessionClaims: Record<string, unknown>;
  };
}

type Projects = [keyof Register] extends [never] ? AnyProjects : Register;
type Project = Projects[keyof Projects];

/** Distribute over unions: of projects, and of their APIs. */
type StringKey<T> = T extends unknown ? keyof T & string : never;
type Member<T, Name extends string> = T extends unknown
  ? Name extends keyof T
    ? T[Name]
    : never
  : never;

type Apis = Member<Project, "apis">;
type ApiIdentifier = StringKey<Apis>;

/** `aud` of access tokens: the identifier of an API of your project, or the project's id. */
export type Audience = ApiIdentifier | (keyof Projects & string);

/** The audience of token requests that name none. */
export type DefaultAudience = Member<Project, "defaultAudience"> & Audience;

type AnyApi = [ApiIdentifier] extends [never] ? Audience : ApiIdentifier;

type Scopes = { [A in Audience]: A extends ApiIdentifier ? Member<Apis, A> & string : string };

/**
 * A scope of this audience; without one, of any API. Where an API defines `read:*`, each `read:…` is one. For the
 * project's own audience every string is one, since the server has no list of them.
 */
export type Scope<A extends Audience = AnyApi> = Scopes[A];

type ProjectWith<A extends string, Id = keyof Projects> = Id extends keyof Projects
  ? [A & (Id | StringKey<Member<Projects[Id], "apis">>)] extends [never]
    ? never
    : Projects[Id]
  : never;
type Claims = { [A in Audience]: Member<ProjectWith<A>, "claims"> };

/** What the claims template of the project puts into access tokens for this audience. */
export type CustomClaims<A extends Audience = Audience> = Claims[A];

/** What the claims template of the project puts into session JWTs. */
export type SessionCustomClaims = Member<Project, "sessionClaims">;

/** The audience itself. While no project is registered, `string`, so that types name no audience needlessly. */
export type RegisteredAudience<A extends Audience> = string extends Audience ? string : A;
