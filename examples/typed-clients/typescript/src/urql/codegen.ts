import { countersignCodegen } from "@countersign/sdk/schema";

export default countersignCodegen("src/urql/generated/", {
  documents: ["src/urql/*.graphql"],
  documentMode: "documentNode",
});
