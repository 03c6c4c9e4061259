import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { EntityTarget, FindOptionsWhere, ObjectLiteral } from "typeorm";
import { Api } from "../../src/apis/api.entity.js";
import { Client } from "../../src/clients/client.entity.js";
import { Organization } from "../../src/organizations/organization.entity.js";
import { Project } from "../../src/projects/project.entity.js";
import { CREATE_API, CREATE_GRANT, createApi } from "../oauth/oauth-operations.js";
import {
  CREATE_ORGANIZATION,
  createOrganization,
} from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { CREATE_CLIENT, CREATE_KEY, createClient, ROTATE_SECRET } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { CREATE_PROFILE, profileInput } from "../trusted-auth/attestation-operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";

describe("a request in whose midst another one deletes", () => {
  let server: TestServer;
  let projectId: string;
  let operator: GraphqlClient;
  let publicKeys: object[];

  beforeAll(async () => {
    server = await startTestServer();
    publicKeys = [{ pem: (await foreignIssuer(server.clock)).pem }];
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Sends a request, and deletes a row after its checks of the caller, before its unit of work. */
  const failureWhileDeleting = async <Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    where: FindOptionsWhere<Entity>,
    [operation, input]: [string, object],
  ) => {
    const { unitOfWork } = server.services;
    const write = unitOfWork.write.bind(unitOfWork);
    let isDeleted = false;
    jest.spyOn(unitOfWork, "write").mockImplementation(async (work) => {
      if (!isDeleted) {
        isDeleted = true;
        await write((manager) => manager.delete(entity, where));
      }
      return write(work);
    });
    const answer = await operator.send(operation, { input });
    jest.restoreAllMocks();
    expect(isDeleted).toBe(true);
    return [answer.status, ...answer.errors.map(({ extensions }) => extensions.code)];
  };

  const inOtherProject = async () => {
    ({ projectId, operator } = await server.otherProject());
  };

  test.each<[string, string, () => Promise<object> | object]>([
    ["createClient", CREATE_CLIENT, () => ({ scopes: [] })],
    ["createApi", CREATE_API, () => ({ identifier: "https://api.example.com", name: "API" })],
    ["createOrganization", CREATE_ORGANIZATION, () => ({ name: "Acme", slug: "acme" })],
    ["createProfile", CREATE_PROFILE, () => profileInput({ keys: { publicKeys } })],
    ["createManagementKey", CREATE_KEY, () => ({ name: "A key", permissions: ["CLIENTS_READ"] })],
  ])(
    "its project is refused like one of an unknown project: %s",
    async (_name, operation, input) => {
      await inOtherProject();
      expect(
        await failureWhileDeleting(Project, { projectId }, [operation, await input()]),
      ).toEqual([200, "UNAUTHENTICATED"]);
    },
  );

  test("its client, API or organization is answered like one without it", async () => {
    await inOtherProject();
    const { clientId } = await createClient(operator);
    const { apiId } = await createApi(operator);
    const { organizationId } = await createOrganization(operator);
    const grant = { clientId, apiId, scopes: [] };
    const profile = profileInput({ keys: { publicKeys }, organizationId });
    expect([
      await failureWhileDeleting(Organization, { organizationId }, [CREATE_PROFILE, profile]),
      await failureWhileDeleting(Api, { apiId }, [CREATE_GRANT, grant]),
      await failureWhileDeleting(Client, { clientId }, [ROTATE_SECRET, { clientId }]),
    ]).toEqual([
      [200, "ORGANIZATION_NOT_FOUND"],
      [200, "API_NOT_FOUND"],
      [200, "CLIENT_NOT_FOUND"],
    ]);
  });
});
