import { badUserInput } from "../shared/errors.js";
import type { Api } from "./api.entity.js";

type Scopes = Pick<Api, "scopes" | "advertisedScopes">;

/** @throws BAD_USER_INPUT if the API does not define one of them */
export function assertAdvertisable(api: Scopes): void {
  const unknown = api.advertisedScopes?.findIndex((scope) => !isDefined(api, scope)) ?? -1;
  if (unknown < 0) return;
  throw badUserInput(["input", "advertisedScopes", unknown], "Must be a scope of the API");
}

/** Leaves out those that the API defines no more. */
export function dropUnknownAdvertised(api: Scopes): void {
  const { advertisedScopes } = api;
  api.advertisedScopes = nullIfNone(advertisedScopes?.filter((scope) => isDefined(api, scope)));
}

export function nullIfNone(scopes: string[] = []): string[] | null {
  return scopes.length > 0 ? scopes : null;
}

function isDefined({ scopes }: Pick<Api, "scopes">, scope: string): boolean {
  return scopes.some(({ value }) => value === scope);
}
