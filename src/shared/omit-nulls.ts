/** Null means nothing to these fields, which always have a value: it counts as absent. */
export function omitNulls<T extends object>(input: T, ...keys: (keyof T)[]): T {
  return Object.fromEntries(
    Object.entries(input).filter(
      ([key, value]) => value !== null || !keys.includes(key as keyof T),
    ),
  ) as T;
}
