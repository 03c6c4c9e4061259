import {
  Arg,
  Args,
  Authorized,
  FieldResolver,
  ID,
  Mutation,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { toConnection } from "../graphql-types/connection.js";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { PageArgs } from "../graphql-types/page-args.js";
import { Throws } from "../graphql-types/throws.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import type { Project } from "./project.entity.js";
import { CreateProjectInput, DeleteProjectInput, UpdateProjectInput } from "./project.inputs.js";
import {
  CreateProjectPayload,
  DeleteProjectPayload,
  ProjectConnection,
  ProjectType,
  UpdateProjectPayload,
} from "./project.payloads.js";
import type { ProjectService } from "./project.service.js";
import type { ProjectAdministration } from "./project-administration.js";
import type { ProjectStore } from "./project-store.js";

@Resolver(() => ProjectType)
export class ProjectResolver {
  constructor(
    private readonly projects: ProjectService,
    private readonly administration: ProjectAdministration,
    private readonly store: ProjectStore,
  ) {}

  @Authorized<Requirement>("settings:read")
  @Query(() => ProjectType, {
    nullable: true,
    description:
      "A project: the caller's without an argument, another one only with `projects:read`; null if there is none.",
  })
  project(
    @CurrentCaller() caller: Caller,
    @Arg("projectId", () => ID, { nullable: true, description: "Id of the project." })
    projectId?: string | null,
  ) {
    return this.projects.find(caller, projectId);
  }

  @Authorized<Requirement>("projects:read")
  @Query(() => ProjectConnection, { name: "projects", description: "All projects, newest first." })
  async listProjects(@CurrentCaller() caller: Caller, @Args(() => PageArgs) page: PageArgs) {
    return toConnection(await this.administration.list(caller, page));
  }

  @Authorized<Requirement>("projects:write")
  @Throws("ALREADY_EXISTS", "IDEMPOTENCY_CONFLICT", "MANAGEMENT_KEY_NOT_FOUND")
  @Mutation(() => CreateProjectPayload, {
    description: "Creates a project with a first management key, whose secret is shown only once.",
  })
  createProject(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => CreateProjectInput, { description: "The new project." })
    input: CreateProjectInput,
  ) {
    return this.administration.create(caller, input);
  }

  @Authorized<Requirement>("projects:write")
  @Throws("PROJECT_NOT_FOUND", "VERSION_CONFLICT", "PRECONDITION_FAILED")
  @Mutation(() => DeleteProjectPayload, {
    description:
      "Deletes a project and all that it contains, its audit log included; not the first project, and one with active clients only with `force`.",
  })
  async deleteProject(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => DeleteProjectInput, { description: "The project to delete." })
    input: DeleteProjectInput,
  ) {
    return { projectId: await this.administration.delete(caller, input) };
  }

  @Authorized<Requirement>("settings:write")
  @Throws("VERSION_CONFLICT", "ALREADY_EXISTS", "PRECONDITION_FAILED", "CLIENT_NOT_FOUND")
  @Mutation(() => UpdateProjectPayload, { description: "Changes settings of the project." })
  async updateProject(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => UpdateProjectInput, { description: "What to change." })
    input: UpdateProjectInput,
  ) {
    return { project: await this.projects.update(caller, input) };
  }

  @FieldResolver(() => String, {
    description: "`iss` of the tokens and base of the project's URLs.",
  })
  issuer(@Root() project: Project) {
    return this.store.issuerFor(project);
  }
}
