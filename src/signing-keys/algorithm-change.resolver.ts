import { FieldResolver, Resolver, Root } from "type-graphql";
import type { Api } from "../apis/api.entity.js";
import { ApiType } from "../apis/api.payloads.js";
import type { Project } from "../projects/project.entity.js";
import { ProjectType } from "../projects/project.payloads.js";
import type { AlgorithmChange } from "./algorithm-change.js";
import { SigningAlgorithmChangeType } from "./algorithm-change.payloads.js";

const description =
  "The change to `signingAlgorithm` that has not taken effect; null if it signs already.";

/** The field `signingAlgorithmChange` of a project. */
@Resolver(() => ProjectType)
export class SigningAlgorithmOfProjectResolver {
  constructor(private readonly changes: AlgorithmChange) {}

  @FieldResolver(() => SigningAlgorithmChangeType, { nullable: true, description })
  signingAlgorithmChange(@Root() project: Project) {
    return this.changes.pending(project);
  }
}

/** The field `signingAlgorithmChange` of an API. */
@Resolver(() => ApiType)
export class SigningAlgorithmOfApiResolver {
  constructor(private readonly changes: AlgorithmChange) {}

  @FieldResolver(() => SigningAlgorithmChangeType, { nullable: true, description })
  signingAlgorithmChange(@Root() api: Api) {
    return this.changes.pending(api);
  }
}
