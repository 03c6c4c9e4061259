/** The form of a name for sorting and searching, without case. A missing name sorts first. */
export function normalizeName(name: string | null | undefined): string {
  return (name ?? "").toLowerCase();
}

/** A pattern for `LIKE :pattern ESCAPE '\'` on a column of normalized names. */
export function likeContains(part: string): string {
  return `%${part.toLowerCase().replaceAll(/[\\%_]/g, "\\$&")}%`;
}
