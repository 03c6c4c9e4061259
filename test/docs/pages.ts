import type { ApplicationOptions } from "../../src/application.js";
import { systemClock } from "../../src/shared/clock.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";
import type { PageRun } from "./page-run.js";

export type Value = string | ((reader: PageRun) => string | Promise<string>);

/** What a reader has and a page cannot tell. */
export interface Page {
  /** Settings of the reader's server. */
  settings?: Partial<ApplicationOptions>;
  /** Files and folders of the repository that the reader has in the folder of the shell. */
  links?: readonly string[];
  /** What the reader has done before. */
  before?: (reader: PageRun) => Promise<unknown>;
  /** Text of the page, and what the reader writes in its place. */
  replace?: Readonly<Record<string, Value>>;
  /** Variables of the shell and of GraphQL operations that the page does not set. */
  variables?: Readonly<Record<string, Value>>;
  /** Commands that go on running, and the port on which each listens. */
  servers?: Readonly<Record<string, number>>;
}

export const pageOf = (file: string): Page => PAGES[file] ?? {};

/** A page that does all that its blocks need is not here. */
export const PAGES: Readonly<Record<string, Page>> = {
  "README.md": {
    replace: { "<the user's JWT>": userToken },
  },
  "docs/attestation.md": {
    before: createClient,
  },
};

const CREATE_CLIENT = `mutation ($input: CreateClientInput!) {
  createClient(input: $input) { client { clientId } clientSecret }
}`;

async function createClient({ ask }: PageRun) {
  await ask(CREATE_CLIENT, { input: { name: "A client of the reader", scopes: ["read:users"] } });
}

const REPLACE_KEYS = `mutation ($input: UpdateProfileInput!) {
  updateProfile(input: $input) { profile { issuer audience } }
}`;

/** A token of a user who has signed in at the issuer of the last profile, which has keys of this test from now on. */
async function userToken({ ask, known }: PageRun) {
  const { pem, token } = await foreignIssuer(systemClock);
  const input = { profileId: known.get("profileId"), keys: { publicKeys: [{ pem }] } };
  const { issuer, audience } = (await ask(REPLACE_KEYS, { input })).updateProfile.profile;
  return token({ iss: issuer, aud: audience });
}
