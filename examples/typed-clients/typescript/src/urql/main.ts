import { dataOf, rootField } from "../answer.js";
import { type Countersign, runStory } from "../story.js";
import { urqlClient } from "./client.js";
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
  const { query, mutate } = urqlClient(url, authorization);
  return {
    createClient: (input) => rootField(mutate(CreateClientDocument, { input }), "createClient"),
    importClient: (input) => rootField(mutate(ImportClientDocument, { input }), "importClient"),
    issueToken: (input) => rootField(mutate(IssueTokenDocument, { input }), "issueToken"),
    verifyToken: (input) => rootField(mutate(VerifyTokenDocument, { input }), "verifyToken"),
    startSecretRotation: (input) =>
      rootField(mutate(StartSecretRotationDocument, { input }), "startSecretRotation"),
    completeSecretRotation: (input) =>
      rootField(mutate(CompleteSecretRotationDocument, { input }), "completeSecretRotation"),
    listClients: (variables) => rootField(query(ListClientsDocument, variables), "clients"),
    attestSession: (input) => rootField(mutate(AttestSessionDocument, { input }), "attestSession"),
    updateClient: (input) => rootField(mutate(UpdateClientDocument, { input }), "updateClient"),
    getClient: async (clientId) => (await dataOf(query(GetClientDocument, { clientId }))).client,
    getClientWithEvents: async (clientId) => {
      const { data, errors } = await query(GetClientWithEventsDocument, { clientId });
      return { client: data?.client ?? null, errors };
    },
  };
});
