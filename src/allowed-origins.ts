import { z } from "zod";
import { commaSeparated } from "./comma-separated.js";
import { webOriginProtocol } from "./shared/web-origin.js";

const MUST_BE_ORIGINS =
  "Must be origins such as https://app.example.com, separated by commas, in lower case and without path, trailing slash and default port; there is no wildcard";

/** The setting ALLOWED_ORIGINS. */
export const allowedOrigins = z
  .string()
  .default("")
  .transform(commaSeparated)
  .refine(
    (origins) => origins.every((origin) => webOriginProtocol(origin) !== null),
    MUST_BE_ORIGINS,
  );

/** Whether anybody on the way could write the pages of one of the origins. */
export function hasInsecureOrigin(list = ""): boolean {
  return commaSeparated(list).some((origin) => webOriginProtocol(origin) === "http:");
}
