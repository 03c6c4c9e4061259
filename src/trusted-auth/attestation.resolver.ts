import { Arg, Authorized, Mutation, Resolver } from "type-graphql";
import { CurrentRequestSource, OptionalCaller } from "../graphql-types/current-caller.js";
import { Throws } from "../graphql-types/throws.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { OWN_CREDENTIALS, type Requirement } from "../shared/permissions.js";
import { AttestSessionInput } from "./attestation.inputs.js";
import { AttestSessionPayload } from "./attestation.payloads.js";
import type { AttestationService } from "./attestation.service.js";

@Resolver()
export class AttestationResolver {
  constructor(private readonly attestation: AttestationService) {}

  @Authorized<Requirement>(OWN_CREDENTIALS)
  @Throws(
    "INVALID_TRUSTED_AUTH_TOKEN",
    "MEMBER_NOT_FOUND",
    "ORGANIZATION_NOT_FOUND",
    "PRECONDITION_FAILED",
    "PROFILE_NOT_FOUND",
    "SESSION_NOT_FOUND",
  )
  @Mutation(() => AttestSessionPayload, {
    description:
      "Exchanges a trusted auth token for a session. A management key needs `sessions:write`; without one, only profiles with `publicExchange` can be used. Allowed once per request.",
  })
  attestSession(
    @OptionalCaller() caller: Caller | null,
    @CurrentRequestSource() source: RequestSource,
    @Arg("input", () => AttestSessionInput, {
      description: "The token and settings of the session.",
    })
    input: AttestSessionInput,
  ) {
    return this.attestation.attest(caller, source, input);
  }
}
