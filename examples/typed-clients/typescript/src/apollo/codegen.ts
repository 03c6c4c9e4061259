import { countersignCodegen } from "@countersign/sdk/schema";

export default countersignCodegen("src/apollo/generated/", {
  documents: ["src/apollo/*.graphql"],
  documentMode: "documentNode",
});
