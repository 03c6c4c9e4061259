import { countersignCodegen } from "@countersign/sdk/schema";

export default countersignCodegen("src/client-preset/generated/", {
  documents: ["src/client-preset/*.graphql"],
});
