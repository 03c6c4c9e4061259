/** A name as lists compare and order it: upper and lower case are the same, none comes first. */
export function normalizeName(name: string | null | undefined): string {
  return (name ?? "").toLowerCase();
}

/** For `LIKE :pattern ESCAPE '\'` on a column in lower case. */
export function likeContains(part: string): string {
  return `%${part.toLowerCase().replaceAll(/[\\%_]/g, "\\$&")}%`;
}
