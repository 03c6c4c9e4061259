/**
 * The text of an operation with the types of its data and variables, as GraphQL Code Generator's client preset writes it
 * with `documentMode: "string"` (`TypedDocumentString`).
 */
export interface TypedDocument<Data, Variables> {
  toString(): string;
  /** Exists in types only. */
  __apiType?: (variables: Variables) => Data;
}
