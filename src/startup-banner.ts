import type { Config } from "./config.js";
import type { FirstProject } from "./first-project.js";

/** The text that the server prints when it listens: its address and a first request to try. */
export function startupBanner(
  { publicUrl, explorer }: Pick<Config, "publicUrl" | "explorer">,
  { projectId, issuer }: { projectId: string; issuer: string },
  firstProject: FirstProject | null,
): string {
  const url = `${publicUrl}/graphql`;
  const withSecret = firstProject?.generatedSecret ? firstProject : null;
  const lines = [
    "",
    `Countersign listens on ${url}`,
    `  project id         ${projectId}`,
    `  issuer             ${issuer}`,
    ...(withSecret ? secretLines(withSecret) : []),
    "",
    withSecret
      ? "Paste into a terminal:"
      : "Paste into a terminal that has a management secret in COUNTERSIGN_SECRET:",
    "",
    `  export COUNTERSIGN_URL=${publicUrl}`,
    `  export COUNTERSIGN_PROJECT_ID=${projectId}`,
    ...(withSecret ? [`  export COUNTERSIGN_SECRET=${secretInShell(withSecret)}`] : []),
    `  curl ${url} -u "$COUNTERSIGN_PROJECT_ID:$COUNTERSIGN_SECRET" \\`,
    "    -H 'content-type: application/json' \\",
    `    -d '{"query":"mutation { createClient(input: { name: \\"My first client\\", scopes: [\\"read:users\\"] }) { client { clientId } clientSecret } }"}'`,
    "",
  ];
  if (explorer === "graphiql") {
    lines.push(
      `Or open ${url} in a browser and sign in with project id and management secret.`,
      "",
    );
  } else if (explorer === "sandbox") {
    lines.push(
      `Or open ${url} in a browser for Apollo Sandbox. This prints the header to set there:`,
      "",
      `  echo "authorization: Basic $(printf %s "$COUNTERSIGN_PROJECT_ID:$COUNTERSIGN_SECRET" | base64 | tr -d '\\n')"`,
      "",
    );
  }
  return `${lines.join("\n")}\n`;
}

function secretLines({ secretFile }: FirstProject): string[] {
  return [
    secretFile === undefined
      ? "  management secret  below, shown only once: keep it; createManagementKey creates more"
      : `  management secret  in ${secretFile}: keep it elsewhere and remove the file`,
  ];
}

/** The management secret as a word of a shell. */
function secretInShell({ secretFile, generatedSecret }: FirstProject): string {
  return secretFile === undefined ? String(generatedSecret) : `"$(cat '${secretFile}')"`;
}
