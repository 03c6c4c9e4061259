import { payloadType } from "../graphql-types/payload-type.js";
import { sessionFields } from "../sessions/session.payloads.js";

export const AttestSessionPayload = payloadType(
  "AttestSessionPayload",
  {
    ...sessionFields,
    sessionToken: {
      type: () => String,
      nullable: true,
      description: "The opaque token, shown only once; null if a session JWT was presented.",
    },
  },
  "The session and its credentials.",
);
