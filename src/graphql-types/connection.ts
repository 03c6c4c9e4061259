import { type ClassType, Field, Int, ObjectType } from "type-graphql";
import type { Page } from "../persistence/page.js";

@ObjectType({ description: "Where a page of a list begins and ends (Relay's connections)." })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether more follows after this page." })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: "Whether more precedes this page." })
  hasPreviousPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description: "Pass it as `before` to get the previous page; null for an empty page.",
  })
  startCursor!: string | null;

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
  pageInfo: {
    hasNextPage: Promise<boolean>;
    hasPreviousPage: Promise<boolean>;
    startCursor: string | null;
    endCursor: string | null;
  };
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

/** Getters, so that everything except the nodes is computed only if the operation selects it. */
export function toConnection<T>(page: Page<T>): Connection<T> {
  const { nodes } = page;
  const cursorOf = (node: T | undefined) => (node === undefined ? null : page.cursorFor(node));
  return {
    nodes,
    pageInfo: {
      get hasNextPage() {
        return page.hasNextPage();
      },
      get hasPreviousPage() {
        return page.hasPreviousPage();
      },
      get startCursor() {
        return cursorOf(nodes.at(0));
      },
      get endCursor() {
        return cursorOf(nodes.at(-1));
      },
    },
    get edges() {
      return nodes.map((node) => ({ cursor: page.cursorFor(node), node }));
    },
    get totalCount() {
      return page.countTotal();
    },
  };
}
