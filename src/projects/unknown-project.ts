import { CountersignError } from "../shared/errors.js";

export function unknownProject() {
  return new CountersignError("UNAUTHENTICATED", "Unknown project");
}
