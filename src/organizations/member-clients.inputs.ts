import { Field, ID, InputType } from "type-graphql";
import type { MemberClientsInput, MemberClientsOwner } from "./member-clients.js";
import { MemberClientsOwnerEnum } from "./member-clients.payloads.js";

@InputType("MemberClientsInput", {
  description:
    "How members manage clients with their session JWTs. Setting it needs `clients:write`, `own_clients:read` and `own_clients:write` too.",
})
export class MemberClientsInputType implements MemberClientsInput {
  @Field(() => MemberClientsOwnerEnum, { description: "Whose clients the members manage." })
  owner!: MemberClientsOwner;

  @Field(() => [String], {
    nullable: true,
    description:
      "A member needs one of these roles; every member manages clients if absent. An empty list is refused.",
  })
  roles?: string[] | null;

  @Field(() => [String], {
    description:
      "Scopes that members may give to clients, for the project's audience and for the APIs; wildcards as in a grant. Up to 100.",
  })
  scopes!: string[];

  @Field(() => [ID], {
    nullable: true,
    description:
      "Ids of the APIs that members may grant to clients, as far as these define the scopes; up to 50, none if absent.",
  })
  apiIds?: string[] | null;
}
