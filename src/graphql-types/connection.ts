import { type ClassType, Field, Int, ObjectType } from "type-graphql";
import type { Page } from "../persistence/page.js";

@ObjectType({ description: "Where a page of a list ends." })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether more follows after this page." })
  hasNextPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description: "Pass it as `after` to get the next page; null for an empty page.",
  })
  endCursor!: string | null;
}

/** The source object of a connection type: see `toConnection`. */
export interface Connection<T> {
  edges: { cursor: string; node: T }[];
  nodes: T[];
  pageInfo: PageInfo;
  totalCount: Promise<number>;
}

/** Declares `<Name>Connection` and `<Name>Edge` for a node type (Relay's connection shape). */
export function connectionType<T extends object>(name: string, node: ClassType<T>) {
  @ObjectType(`${name}Edge`, { description: `One ${name} in a page, with its cursor.` })
  class Edge {
    @Field(() => String, { description: "Opaque position of this node in the list." })
    cursor!: string;

    @Field(() => node, { description: "The node itself." })
    node!: T;
  }

  @ObjectType(`${name}Connection`, { description: `One page of a list of ${name}.` })
  class ConnectionOfNode {
    @Field(() => [Edge], { description: "The nodes of this page with their cursors." })
    edges!: Edge[];

    @Field(() => [node], { description: "The nodes of this page." })
    nodes!: T[];

    @Field(() => PageInfo, { description: "Whether and where the list goes on." })
    pageInfo!: PageInfo;

    @Field(() => Int, {
      description: "How many nodes match in all pages; counted only when asked for.",
    })
    totalCount!: number;
  }
  return ConnectionOfNode;
}

export function toConnection<T>(page: Page<T>): Connection<T> {
  const { nodes, hasNextPage, endCursor } = page;
  return {
    nodes,
    pageInfo: { hasNextPage, endCursor },
    // Getters, so that edges and totalCount are computed only if the operation selects them.
    get edges() {
      return nodes.map((node) => ({ cursor: page.cursorFor(node), node }));
    },
    get totalCount() {
      return page.countTotal();
    },
  };
}
