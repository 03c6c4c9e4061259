import type { GraphQLResolveInfo } from "graphql";
import { Arg, Authorized, FieldResolver, ID, Info, Query, Resolver, Root } from "type-graphql";
import type { AuditEvent } from "../audit/audit-event.entity.js";
import { AuditEventType } from "../audit/audit-event.payloads.js";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { NodeType, naturalKeyOf } from "../graphql-types/node.js";
import type { Caller } from "../shared/caller.js";
import { encodeGlobalId } from "../shared/global-id.js";
import { OF_THE_OBJECT, type Requirement } from "../shared/permissions.js";
import type { Nodes } from "./nodes.js";

/** The interface Node and its query. */
@Resolver(() => NodeType)
export class NodeResolver {
  constructor(private readonly nodes: Nodes) {}

  @Authorized<Requirement>(OF_THE_OBJECT)
  @Query(() => NodeType, {
    nullable: true,
    description:
      "Any object of the project by its global id; null if there is none or the caller may not read it.",
  })
  node(
    @CurrentCaller() caller: Caller,
    @Arg("id", () => ID, { description: "The `id` of an object." }) id: string,
  ) {
    return this.nodes.find(caller, id);
  }

  @FieldResolver(() => ID)
  id(
    @Root() source: { projectId: string } & Record<string, unknown>,
    @Info() { parentType }: GraphQLResolveInfo,
  ) {
    const { name: type } = parentType;
    const key = String(source[naturalKeyOf(type)]);
    return encodeGlobalId({ type, projectId: source.projectId, key });
  }
}

/** The field `target` of an audit event. */
@Resolver(() => AuditEventType)
export class AuditEventTargetFieldResolver {
  constructor(private readonly nodes: Nodes) {}

  @FieldResolver(() => NodeType, {
    nullable: true,
    description:
      "The target; null if it is deleted or a token, or if the caller may not read such objects.",
  })
  target(@CurrentCaller() caller: Caller, @Root() { targetType, targetId }: AuditEvent) {
    return this.nodes.findTarget(caller, targetType, targetId);
  }
}
