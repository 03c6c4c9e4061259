/** Removes null values of the given fields, which are not nullable, so that null counts as absent. */
export function omitNulls<T extends object>(input: T, ...keys: (keyof T)[]): T {
  return Object.fromEntries(
    Object.entries(input).filter(
      ([key, value]) => value !== null || !keys.includes(key as keyof T),
    ),
  ) as T;
}
