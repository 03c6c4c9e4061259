import { isMetadataRequest, METADATA_HEADERS, type ResourceMetadata } from "./resource-metadata.js";

/** @returns undefined: another request */
export function metadataResponse(
  { path, document }: ResourceMetadata,
  { method, url }: Request,
): Response | undefined {
  if (!isMetadataRequest(path, method, new URL(url).pathname)) return undefined;
  const init = { headers: METADATA_HEADERS };
  return method === "OPTIONS"
    ? new Response(null, { ...init, status: 204 })
    : Response.json(document, init);
}
