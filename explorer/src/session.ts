import { basicAuthorization, errorText, send } from "./api";

/** Who is signed in. It is kept in a variable of this page and nowhere else. */
export interface Session {
  projectId: string;
  /** The project's name, or its id if the key may not read it. */
  name: string;
  environment: string | null;
  authorization: string;
}

const WHO = "query SignedIn { project { name environment } }";

/** @throws Error with a sentence for the reader */
export async function signIn(projectId: string, secret: string): Promise<Session> {
  const authorization = basicAuthorization(projectId, secret);
  const answer = await send({ query: WHO, operationName: "SignedIn" }, { authorization });
  const code = answer.errors?.[0]?.extensions?.["code"];
  if (code === "UNAUTHENTICATED") {
    throw new Error("The project id or the management secret is wrong.");
  }
  // A key without settings:read is a key all the same.
  if (code !== undefined && code !== "FORBIDDEN") throw new Error(errorText(answer) ?? "");
  const project = answer.data?.["project"] as { name: string; environment: string } | null;
  return {
    projectId,
    name: project?.name ?? projectId,
    environment: project?.environment ?? null,
    authorization,
  };
}
