import { expect } from "@jest/globals";
import type { GraphqlClient } from "../support/graphql-client.js";
import {
  CANCEL_ROTATION,
  type ClientView,
  COMPLETE_ROTATION,
  type Credentials,
  issueToken,
  REVOKE_PREVIOUS,
  ROTATE_SECRET,
  START_ROTATION,
  tokenFailure,
} from "../support/operations.js";
import type { TestServer } from "../support/test-server.js";

interface Rotated {
  client: ClientView;
  clientSecret: string;
}

/** What an operator does with the secrets of clients, and whether they work. */
export function secretOperations(server: () => TestServer) {
  const send = async (operation: string, name: string, input: object) =>
    (await server().operator.request(operation, { input }))[name];
  return {
    start: (input: object): Promise<{ client: ClientView; nextClientSecret: string }> =>
      send(START_ROTATION, "startSecretRotation", input),
    rotate: (input: object): Promise<Rotated> => send(ROTATE_SECRET, "rotateSecret", input),
    complete: (clientId: string): Promise<Pick<Rotated, "client">> =>
      send(COMPLETE_ROTATION, "completeSecretRotation", { clientId }),
    cancel: (clientId: string): Promise<Pick<Rotated, "client">> =>
      send(CANCEL_ROTATION, "cancelSecretRotation", { clientId }),
    revokePrevious: (clientId: string): Promise<Pick<Rotated, "client">> =>
      send(REVOKE_PREVIOUS, "revokePreviousSecret", { clientId }),
    expectCode: async (operation: string, input: object, code: string, as?: GraphqlClient) => {
      const { extensions } = await (as ?? server().operator).failure(operation, { input });
      expect(extensions.code).toBe(code);
    },
    expectWorks: async (credentials: Credentials) => {
      expect(await issueToken(server().anonymous, credentials)).toHaveProperty("accessToken");
    },
    expectRefused: async (credentials: Credentials) => {
      const { message, extensions } = await tokenFailure(server().anonymous, credentials);
      expect({ message, extensions }).toEqual({
        message: "Client authentication failed",
        extensions: { code: "INVALID_CLIENT" },
      });
    },
  };
}

/** The secrets of a client, as `CURRENT abcd`. */
export const secretsOf = ({ secrets }: ClientView) =>
  secrets.map(({ status, lastFour }) => `${status} ${lastFour}`);
