/** Where the programs find the server, and their report to the test that runs them. */
function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

const projectId = required("PROJECT_ID");
const secret = required("MANAGEMENT_SECRET");

export const endpoint = `${required("SERVER_URL")}/graphql`;
export const authorization = `Basic ${Buffer.from(`${projectId}:${secret}`).toString("base64")}`;

export interface Report {
  clientId: string;
  verifiedScopes: readonly string[];
  /** Whether the secret of the creation and of the rotation differ. */
  isNewSecret: boolean;
  listedNames: readonly string[];
  deletedClientId: string;
  /** Actions of audit events, in the order of the list. */
  actions: readonly string[];
}

export function report(result: Report): void {
  process.stdout.write(JSON.stringify(result));
}

export function present<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error("expected a value");
  return value;
}
