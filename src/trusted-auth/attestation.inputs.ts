import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, Int } from "type-graphql";
import { SessionCredentialInput } from "../sessions/session.inputs.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { Attestation } from "./attestation.service.js";

@InputType({ description: "A trusted auth token and settings of the session to start." })
export class AttestSessionInput implements Attestation {
  @Field(() => ID, { description: "Id of the profile that the token must satisfy." })
  profileId!: string;

  @Field(() => String, { description: "The foreign JWT, up to 16 KiB." })
  token!: string;

  @Field(() => ID, {
    nullable: true,
    description: "Id of the profile's project; the caller's or the first project if absent.",
  })
  projectId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "Id, slug or external id of the member's organization; a slug that is another one's external id finds none. If absent, that of the token or the profile, or the default one.",
  })
  organizationId?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Lifetime of the session from now, 5 minutes up to the maximum of project and profile; 60 if absent. The maximum age may end the session earlier.",
  })
  sessionDurationMinutes?: number | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      "Top-level claims of the session JWTs, up to 4 KB of JSON; merged into those of an existing session, where null deletes a claim. Needs a management key.",
  })
  sessionCustomClaims?: JsonObject | null;

  @Field(() => SessionCredentialInput, {
    nullable: true,
    description:
      "Token or JWT of an existing session of the same member, to which an authentication factor is added; a new session is started if absent.",
  })
  session?: SessionCredentialInput | null;
}
