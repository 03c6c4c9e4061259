import { VERSION } from "../shared/version.js";
import { MIGRATION_NAMES } from "./data-source.js";

/** The last migration of each version that was released. */
export const RELEASES: Readonly<Record<string, string>> = {
  "0.2.0": "IntrospectionAndMetadata1798500000000",
};

/**
 * Migrations after which processes of the version before them cannot go on, and why. All others only add to the schema
 * (CONTRIBUTING.md).
 */
export const NEEDS_STOP: Readonly<Record<string, string>> = {};

/** @returns names of the migrations that a released version has; null: an unknown version */
export function migrationsOf(version: string): readonly string[] | null {
  const last = RELEASES[version];
  return last === undefined ? null : MIGRATION_NAMES.slice(0, MIGRATION_NAMES.indexOf(last) + 1);
}

/** The version, released or this one, that has exactly these migrations. */
export function versionWith(executed: readonly string[]): string | null {
  const isOf = (names: readonly string[] | null) =>
    names?.length === executed.length && names.every((name) => executed.includes(name));
  if (isOf(MIGRATION_NAMES)) return VERSION;
  return Object.keys(RELEASES).find((version) => isOf(migrationsOf(version))) ?? null;
}
