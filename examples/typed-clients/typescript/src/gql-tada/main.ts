import { dataOf, rootField } from "../answer.js";
import { type Countersign, runStory } from "../story.js";
import { executor } from "./client.js";
import {
  AttestSession,
  CompleteSecretRotation,
  CreateClient,
  GetClient,
  GetClientWithEvents,
  ImportClient,
  IssueToken,
  ListClients,
  StartSecretRotation,
  UpdateClient,
  VerifyToken,
} from "./documents.js";

await runStory((url, authorization): Countersign => {
  const execute = executor(url, authorization);
  return {
    createClient: (input) => rootField(execute(CreateClient, { input }), "createClient"),
    importClient: (input) => rootField(execute(ImportClient, { input }), "importClient"),
    issueToken: (input) => rootField(execute(IssueToken, { input }), "issueToken"),
    verifyToken: (input) => rootField(execute(VerifyToken, { input }), "verifyToken"),
    startSecretRotation: (input) =>
      rootField(execute(StartSecretRotation, { input }), "startSecretRotation"),
    completeSecretRotation: (input) =>
      rootField(execute(CompleteSecretRotation, { input }), "completeSecretRotation"),
    listClients: (variables) => rootField(execute(ListClients, variables), "clients"),
    attestSession: (input) => rootField(execute(AttestSession, { input }), "attestSession"),
    updateClient: (input) => rootField(execute(UpdateClient, { input }), "updateClient"),
    getClient: async (clientId) => (await dataOf(execute(GetClient, { clientId }))).client,
    getClientWithEvents: async (clientId) => {
      const { data, errors } = await execute(GetClientWithEvents, { clientId });
      return { client: data?.client ?? null, errors };
    },
  };
});
