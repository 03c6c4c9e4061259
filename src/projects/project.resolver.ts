import { Arg, Authorized, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import type { Project } from "./project.entity.js";
import { UpdateProjectInput } from "./project.inputs.js";
import { ProjectType, UpdateProjectPayload } from "./project.payloads.js";
import type { ProjectService } from "./project.service.js";
import type { ProjectStore } from "./project-store.js";

@Resolver(() => ProjectType)
export class ProjectResolver {
  constructor(
    private readonly projects: ProjectService,
    private readonly store: ProjectStore,
  ) {}

  @Authorized<Requirement>("settings:read")
  @Query(() => ProjectType, { description: "The project of the caller." })
  project(@CurrentCaller() caller: Caller) {
    return this.projects.get(caller);
  }

  @Authorized<Requirement>("settings:write")
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
