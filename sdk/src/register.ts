/**
 * What `countersign-typegen` writes of your project, by declaration merging. While it is empty, every string is an
 * audience and a scope.
 *
 * @example
 * declare module "@countersign/sdk" {
 *   interface Register {
 *     apis: { "https://api.example.com": "orders:read" | "orders:write" };
 *     claims: { customer_id?: string };
 *   }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: declaration merging fills it
export interface Register {}

type Apis = Register extends { apis: infer Registered } ? Registered : Record<string, string>;

/** The identifier of an API of your project. */
export type Audience = keyof Apis & string;

/** A scope of this audience; without one, of any API of your project. */
export type Scope<A extends Audience = Audience> = Apis[A] & string;

/** What the claims templates of your project put into its access tokens. */
export type CustomClaims = Register extends { claims: infer Registered }
  ? Registered
  : Record<string, unknown>;
