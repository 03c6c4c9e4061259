export const CLIENT_OWNER_TYPES = ["ORGANIZATION", "MEMBER", "EXTERNAL"] as const;
export type ClientOwnerType = (typeof CLIENT_OWNER_TYPES)[number];

/** Whom a client belongs to: an organization or a member of its project, or somebody whom only the operator knows. */
export interface ClientOwner {
  type: ClientOwnerType;
  /** The organization's or member's id; an id of the operator's own for EXTERNAL. */
  id: string;
}

export function isSameOwner(one: ClientOwner | null, other: ClientOwner | null): boolean {
  return one?.type === other?.type && one?.id === other?.id;
}
