import type { ApplicationOptions } from "../../src/application.js";
import type { PageRun } from "./page-run.js";
import {
  askedByResourceServer,
  boundToken,
  clientOfReader,
  currentCredentials,
  customer,
  foreignToken,
  gatewayClient,
  issuerAtRoot,
  keyOfServiceUser,
  mcpServer,
  packedSdk,
  projectsWithTypes,
  proofOfBoundToken,
  serverOfYesterday,
  tokenOfReader,
} from "./page-setups.js";
import { callerOfRoutes, ROUTE_VARIABLES } from "./route-setups.js";

export type Value = string | ((reader: PageRun) => string | Promise<string>);

/** What a reader has and a page cannot tell. */
export interface Page {
  /** A test that reads the page's blocks and runs them, in place of test/docs/pages.test.ts. */
  elsewhere?: string;
  /** Settings of the reader's server. */
  settings?: Partial<ApplicationOptions>;
  /** Files and folders of the repository that the reader has in the folder of the shell. */
  links?: readonly string[];
  /** What the reader has done before. */
  before?: (reader: PageRun) => unknown;
  /** Text of the page, and what the reader writes in its place. */
  replace?: Readonly<Record<string, Value>>;
  /** Variables of GraphQL operations that no answer of the page brings. */
  variables?: Readonly<Record<string, string | ((reader: PageRun) => unknown)>>;
  /** Variables of the shell that the page does not set. */
  environment?: Readonly<Record<string, Value>>;
  /** Commands that go on running, and the port on which each listens. */
  servers?: Readonly<Record<string, number>>;
}

export const pageOf = (file: string): Page => PAGES[file] ?? {};

/** A page that does itself all that its blocks need is not here. */
export const PAGES: Readonly<Record<string, Page>> = {
  "docs/operations/backing-up.md": { elsewhere: "test/operations/guides.sqlite.test.ts" },
  "docs/sdk/mock.md": { elsewhere: "test/cli/mock-page.sqlite.test.ts" },
  "docs/operations/moving-to-postgresql.md": {
    elsewhere: "test/upgrade/move-database.postgres.test.ts",
  },
  "docs/operations/tracing.md": { elsewhere: "test/tracing/page.sqlite.test.ts" },
  "docs/operations/upgrading.md": { elsewhere: "test/upgrade/side-by-side.postgres.test.ts" },
  "docs/quick-start.md": { elsewhere: "test/docs/quick-start.test.ts" },
  "docs/sdk/README.md": { elsewhere: "test/sdk/package/overview.test.ts" },
  ...Object.fromEntries(
    ["customer-credentials", "express-api", "github-actions", "supabase-sessions"].map(
      (example) => [
        `examples/${example}/README.md`,
        { elsewhere: "test/examples/stories.test.ts" },
      ],
    ),
  ),
  ...Object.fromEntries(
    ["go", "java", "python", "rust", "typescript"].map((language) => [
      `examples/typed-clients/${language}/README.md`,
      { elsewhere: `test/typed-clients/${language}.test.ts` },
    ]),
  ),

  "docs/apis-and-grants.md": { before: clientOfReader },
  "docs/attestation.md": { before: clientOfReader },
  "docs/ending-tokens.md": { before: tokenOfReader },
  "docs/getting-tokens.md": {
    before: clientOfReader,
    variables: { input: currentCredentials },
  },
  "docs/graphql-api.md": { before: clientOfReader },
  "docs/rotating-secrets.md": { before: clientOfReader },
  "docs/sessions.md": { variables: { token: foreignToken } },
  "docs/signing-keys.md": serverOfYesterday(),
  "docs/tokens-bound-to-keys.md": {
    before: clientOfReader,
    variables: { accessToken: boundToken, proof: proofOfBoundToken },
  },
  "docs/typed-clients.md": { before: packedSdk },
  "docs/workloads.md": { before: clientOfReader, environment: { JOB_TOKEN: foreignToken } },

  "docs/agents-and-mcp.md": {
    before: mcpServer,
    replace: {
      '\'{"resource":"http://localhost:3000/mcp",…}\'': ({ known }) =>
        `'${JSON.stringify(known.get("protectedResourceMetadata"))}'`,
      "ISSUER=… CLIENT_ID=… CLIENT_SECRET=…": ({ known, server }) =>
        `ISSUER=${server.issuer} CLIENT_ID=${known.text("clientId")} CLIENT_SECRET=${known.text("clientSecret")}`,
    },
    servers: { "node server.ts": 3000 },
  },
  "docs/customers-manage-clients.md": {
    before: customer,
    links: ["examples"],
    variables: {
      identifier: ({ server }) => `${server.issuer}/graphql`,
      jwksUrl: "https://login.example.com/jwks.json",
    },
    servers: { "python3 -m http.server 8000 --directory examples/api-keys-page": 8000 },
  },
  "docs/operations/incidents.md": { before: clientOfReader },
  "docs/operations/custom-domains.md": { before: issuerAtRoot },
  "docs/finding-clients.md": { before: gatewayClient },
  "docs/gateways.md": { before: gatewayClient },
  "docs/moving-in.md": {
    before: keyOfServiceUser,
    replace: {
      "-----BEGIN PUBLIC KEY-----…": ({ known }) => JSON.stringify(known.text("pem")).slice(1, -1),
    },
  },
  "docs/reference/routes.md": {
    before: callerOfRoutes,
    environment: Object.fromEntries(
      ROUTE_VARIABLES.map((name) => [name, ({ known }: PageRun) => known.text(name)]),
    ),
  },
  "docs/resource-servers.md": {
    before: askedByResourceServer,
    environment: { TOKEN: ({ known }) => known.text("accessToken") },
  },
  "docs/sdk/types.md": {
    before: projectsWithTypes,
    links: ["node_modules"],
    replace: {
      project_1: ({ server }) => server.projectId,
      project_2: ({ known }) => known.text("projectId"),
      "/run/secrets/": ({ folder }) => `${folder}/secrets-of-`,
    },
  },
};
