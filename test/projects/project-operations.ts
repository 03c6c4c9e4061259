import type { GraphqlClient } from "../support/graphql-client.js";
import type { TestServer } from "../support/test-server.js";

/** Operations of the first project on all projects. */

export const CREATE_PROJECT = `mutation ($input: CreateProjectInput!) {
  createProject(input: $input) {
    project { projectId name environment issuer version }
    managementKey { managementKeyId name permissions }
    secret
  }
}`;
export const DELETE_PROJECT = `mutation ($input: DeleteProjectInput!) {
  deleteProject(input: $input) { projectId }
}`;
export const PROJECTS = `query ($first: Int, $after: String) {
  projects(first: $first, after: $after) {
    nodes { projectId name environment } pageInfo { hasNextPage endCursor } totalCount
  }
}`;
export const PROJECT =
  "query ($projectId: ID) { project(projectId: $projectId) { projectId name } }";

export interface CreatedProject {
  projectId: string;
  secret: string;
  managementKeyId: string;
  permissions: string[];
  /** Authenticates with the project's first key. */
  operator: GraphqlClient;
}

export async function createProject(
  server: TestServer,
  input: object = {},
): Promise<CreatedProject> {
  const { createProject: created } = await server.operator.request(CREATE_PROJECT, {
    input: { name: "Another", environment: "TEST", ...input },
  });
  const { projectId } = created.project;
  const { managementKeyId, permissions } = created.managementKey;
  const { secret } = created;
  const operator = server.withKey(projectId, secret);
  return { projectId, secret, managementKeyId, permissions, operator };
}
