import { countersignCodegen } from "@countersign/sdk/schema";

/** GraphQL Code Generator, as the SDK sets it up. */
export default countersignCodegen("programs/generated/client-preset/", {
  documents: ["programs/client-preset.ts"],
  ...(process.env.SCHEMA && { schema: process.env.SCHEMA }),
});
