import { Arg, Authorized, Mutation, Resolver } from "type-graphql";
import type { Caller } from "../shared/caller.js";
import { CurrentCaller } from "../shared/current-caller.js";
import type { Requirement } from "../shared/permissions.js";
import { AttestSessionInput, AttestSessionPayload } from "./attestation.payloads.js";
import type { AttestationService } from "./attestation.service.js";

@Resolver()
export class AttestationResolver {
  constructor(private readonly attestation: AttestationService) {}

  @Authorized<Requirement>("sessions:write")
  @Mutation(() => AttestSessionPayload, {
    description: "Exchanges a trusted auth token for a session of ours. One per request.",
  })
  attestSession(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => AttestSessionInput, { description: "The token and what it shall give." })
    input: AttestSessionInput,
  ) {
    return this.attestation.attest(caller, input);
  }
}
