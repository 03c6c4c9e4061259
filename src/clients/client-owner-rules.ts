import { z } from "zod";
import { externalId } from "../organizations/organization-rules.js";
import type { ClientOwner } from "../shared/client-owner.js";
import { exactlyOneOf } from "../shared/exactly-one-of.js";
import { idToLookUp } from "../shared/validation.js";

/** Whom a client belongs to, as input: exactly one of the fields. */
export interface ClientOwnerReference {
  organizationId?: string | null | undefined;
  memberId?: string | null | undefined;
  /** An id of the operator's own. */
  externalId?: string | null | undefined;
}

function ownerRule(external: z.ZodType<string>) {
  return exactlyOneOf({
    organizationId: idToLookUp.nullish(),
    memberId: idToLookUp.nullish(),
    externalId: external.nullish(),
  }).transform((given): ClientOwner => {
    if (given.organizationId !== undefined) {
      return { type: "ORGANIZATION", id: given.organizationId };
    }
    if (given.memberId !== undefined) return { type: "MEMBER", id: given.memberId };
    return { type: "EXTERNAL", id: given.externalId ?? "" };
  });
}

export const clientOwner = ownerRule(externalId);

/** An external id that no client can have finds none. */
export const clientOwnerToLookUp = ownerRule(idToLookUp);
