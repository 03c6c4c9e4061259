import { dataOf, rootField } from "../answer.js";
import { type Countersign, runStory } from "../story.js";
import { executor } from "./client.js";
import {
  AttestSessionDocument,
  CompleteSecretRotationDocument,
  CreateClientDocument,
  GetClientDocument,
  GetClientWithEventsDocument,
  ImportClientDocument,
  IssueTokenDocument,
  ListClientsDocument,
  StartSecretRotationDocument,
  UpdateClientDocument,
  VerifyTokenDocument,
} from "./generated/graphql.js";

await runStory((url, authorization): Countersign => {
  const execute = executor(url, authorization);
  return {
    createClient: (input) => rootField(execute(CreateClientDocument, { input }), "createClient"),
    importClient: (input) => rootField(execute(ImportClientDocument, { input }), "importClient"),
    issueToken: (input) => rootField(execute(IssueTokenDocument, { input }), "issueToken"),
    verifyToken: (input) => rootField(execute(VerifyTokenDocument, { input }), "verifyToken"),
    startSecretRotation: (input) =>
      rootField(execute(StartSecretRotationDocument, { input }), "startSecretRotation"),
    completeSecretRotation: (input) =>
      rootField(execute(CompleteSecretRotationDocument, { input }), "completeSecretRotation"),
    listClients: (variables) => rootField(execute(ListClientsDocument, variables), "clients"),
    attestSession: (input) => rootField(execute(AttestSessionDocument, { input }), "attestSession"),
    updateClient: (input) => rootField(execute(UpdateClientDocument, { input }), "updateClient"),
    getClient: async (clientId) => (await dataOf(execute(GetClientDocument, { clientId }))).client,
    getClientWithEvents: async (clientId) => {
      const { data, errors } = await execute(GetClientWithEventsDocument, { clientId });
      return { client: data?.client ?? null, errors };
    },
  };
});
