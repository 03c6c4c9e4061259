/** What a browser gets from `GET /graphql`. */
export const EXPLORERS = ["graphiql", "sandbox", "off"] as const;
export type Explorer = (typeof EXPLORERS)[number];

/** Where Apollo hosts its Sandbox. */
export const HOSTED_SANDBOX_ORIGIN = "https://studio.apollographql.com";

export interface ExplorerOptions {
  explorer: Explorer;
  /** Where the explorer's build is, which may be missing. */
  explorerFolder: string;
  /** Whether Apollo's hosted Sandbox may call the API, with a management secret too. */
  allowsHostedSandbox: boolean;
}
