import { type Command, findMissing } from "../support/programs.js";
import { PYTHON, python } from "./python-folder.js";
import { missingPackages, TYPESCRIPT_FOLDER } from "./typescript-folder.js";

/** An SDK of the Model Context Protocol. docs/agents-and-mcp.md has a table of what they say. */
export interface McpSdk {
  title: string;
  /** What is missing to run its program; null: nothing. */
  missing: string | null;
  command: Command;
  /** Whether it asks for what the server names in a 401, and for more when a 403 names more. */
  stepsUp: boolean;
  /** Parts of name, code and message of what it throws. */
  says: {
    wrongCredentials: string;
    scopeNotGranted: string;
    unknownResource: string;
    otherResource: string;
    otherIssuer: string;
    /** From an authorization server that says to be Countersign. */
    stolenIssuer: string;
    /** With a slash more in the issuer that the agent expects. */
    slashOfIssuer: string;
  };
}

const typescript = (program: string) => [
  process.execPath,
  `${TYPESCRIPT_FOLDER}/mcp/${program}.mjs`,
];

export const mcpSdks = async (): Promise<McpSdk[]> => [
  {
    title: "The MCP SDK of TypeScript, version 2",
    missing: missingPackages,
    command: typescript("sdk-2"),
    stepsUp: true,
    says: {
      wrongCredentials: "OAuthError invalid_client",
      scopeNotGranted: "OAuthError invalid_scope",
      unknownResource: "OAuthError invalid_target",
      otherResource: "does not match expected",
      otherIssuer: "AuthorizationServerMismatchError",
      stolenIssuer: "IssuerMismatchError",
      slashOfIssuer: "works",
    },
  },
  {
    title: "The MCP SDK of TypeScript, version 1",
    missing: missingPackages,
    command: typescript("sdk-1"),
    stepsUp: false,
    says: {
      wrongCredentials: "InvalidClientError invalid_client",
      scopeNotGranted: "403 Streamable HTTP error: Server returned 403 after trying upscoping",
      unknownResource: "InvalidTargetError invalid_target",
      otherResource: "does not match expected",
      otherIssuer: "is bound to authorization server",
      stolenIssuer: "is bound to authorization server",
      slashOfIssuer: "works",
    },
  },
  {
    title: "The MCP SDK of Python",
    missing: await findMissing(PYTHON),
    command: python("test/clients/python/call_tools.py"),
    stepsUp: true,
    says: {
      wrongCredentials: 'OAuthTokenError Token exchange failed (401): {"error":"invalid_client"',
      scopeNotGranted: 'OAuthTokenError Token exchange failed (400): {"error":"invalid_scope"',
      unknownResource: 'OAuthTokenError Token exchange failed (400): {"error":"invalid_target"',
      otherResource: "OAuthFlowError Protected resource",
      otherIssuer: "OAuthFlowError Authorization server metadata issuer mismatch",
      stolenIssuer: "OAuthFlowError Authorization server metadata issuer mismatch",
      slashOfIssuer: "OAuthFlowError Authorization server metadata issuer mismatch",
    },
  },
];
