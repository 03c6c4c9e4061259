import { Field, ID, ObjectType } from "type-graphql";
import { graphqlEnum } from "../graphql-types/graphql-enum.js";
import type { MemberClients, MemberClientsOwner } from "./member-clients.js";

export const MemberClientsOwnerEnum = graphqlEnum<MemberClientsOwner>(
  "MemberClientsOwner",
  "Whose clients the members of an organization manage.",
  {
    MEMBER: "Each member manages its own clients.",
    ORGANIZATION: "All of them manage the clients of the organization.",
  },
);

@ObjectType("MemberClients", {
  description:
    "How the members of an organization manage clients: with their session JWTs as Bearer tokens.",
})
export class MemberClientsType implements MemberClients {
  @Field(() => MemberClientsOwnerEnum, { description: "Whose clients the members manage." })
  owner!: MemberClientsOwner;

  @Field(() => [String], {
    nullable: true,
    description: "A member needs one of these roles; null: every member manages clients.",
  })
  roles!: string[] | null;

  @Field(() => [String], {
    description:
      "Scopes that members may give to clients, for the project's audience and for the APIs.",
  })
  scopes!: string[];

  @Field(() => [ID], {
    description:
      "Ids of the APIs that members may grant to clients. An API that has been deleted no longer counts.",
  })
  apiIds!: string[];
}
