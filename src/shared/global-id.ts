/** What an object's `id` says: its type, its project, and its natural key, such as a client id. */
export interface GlobalId {
  type: string;
  projectId: string;
  key: string;
}

/** JSON, since an imported client id may contain every separator. */
export function encodeGlobalId({ type, projectId, key }: GlobalId): string {
  return Buffer.from(JSON.stringify([type, projectId, key])).toString("base64url");
}

/** @returns null for text that `encodeGlobalId` does not produce */
export function decodeGlobalId(id: string): GlobalId | null {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(id, "base64url").toString());
  } catch {
    return null;
  }
  if (!Array.isArray(parts) || !parts.every((part) => typeof part === "string")) return null;
  const [type = "", projectId = "", key = ""] = parts;
  const globalId = { type, projectId, key };
  return encodeGlobalId(globalId) === id ? globalId : null;
}
