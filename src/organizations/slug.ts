import { randomBase62 } from "../shared/ids.js";

const MAX_BASE_LENGTH = 100;

/** Derives a slug in ASCII lower case from a name. */
export function slugify(name: string): string {
  const slug = name
    .normalize("NFKD")
    .replaceAll(/\p{Mark}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, MAX_BASE_LENGTH)
    .replaceAll(/^-+|-+$/g, "");
  return slug.length < 2 ? "organization" : slug;
}

/** Adds a random suffix, for a name whose slug is taken. */
export function slugifyWithSuffix(name: string): string {
  return `${slugify(name)}-${randomBase62(8).toLowerCase()}`;
}
