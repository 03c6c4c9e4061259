import type { Operations } from "./generated/operations.js";

type Operation = keyof Operations;
type Variables<O extends Operation> = Operations[O]["variables"];

export type MutationName = {
  [O in Operation]: Variables<O> extends { input: object } ? O : never;
}[Operation];
export type QueryName = Exclude<Operation, MutationName>;

export type Input<M extends MutationName> = Variables<M> extends { input: infer I } ? I : never;
/** What the root field of the operation answers with. */
export type Answer<O extends Operation> = Operations[O]["data"][O & keyof Operations[O]["data"]];
