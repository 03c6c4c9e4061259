import type { Config } from "./config.js";
import type { FirstProject } from "./first-project.js";

/** The text that the server prints when it listens: its address and a first request to try. */
export function startupBanner(
  { publicUrl, explorer }: Pick<Config, "publicUrl" | "explorer">,
  projectId: string,
  firstProject: FirstProject | null,
): string {
  const url = `${publicUrl}/graphql`;
  const hasSandbox = explorer === "sandbox";
  const secret = firstProject?.generatedSecret;
  const lines = ["", `Countersign listens on ${url}`, `  project id         ${projectId}`];
  if (secret) {
    lines.push(
      `  management secret  ${secret}`,
      "                     (shown only once: keep it; createManagementKey creates more)",
    );
  }
  lines.push(
    "",
    hasSandbox
      ? `Open ${url} in a browser for Apollo Sandbox, or paste into a terminal:`
      : "Paste into a terminal:",
    "",
    `  curl ${url} -u '${projectId}:${secret ?? "YOUR_MANAGEMENT_SECRET"}' \\`,
    "    -H 'content-type: application/json' \\",
    `    -d '{"query":"mutation { createClient(input: { name: \\"My first client\\", scopes: [\\"read:users\\"] }) { client { clientId } clientSecret } }"}'`,
    "",
  );
  if (secret && hasSandbox) {
    const credentials = Buffer.from(`${projectId}:${secret}`).toString("base64");
    lines.push("In Sandbox, set this header:", "", `  authorization: Basic ${credentials}`, "");
  }
  return `${lines.join("\n")}\n`;
}
