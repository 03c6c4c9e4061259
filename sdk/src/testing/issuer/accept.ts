/** The media type that the Accept header prefers (RFC 9110 section 12.5.1); false: it accepts none of them. */
export function preferredType(
  accept: string | undefined,
  types: readonly string[],
): string | false {
  if (accept === undefined) return types[0] ?? false;
  const ranges = accept.split(",").map((text) => {
    const [range = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    return { range, quality: q ? Number(q.slice(2)) : 1 };
  });
  const qualityOf = (type: string) => {
    const [kind] = type.split("/");
    const found = [type, `${kind}/*`, "*/*"].map((range) =>
      ranges.find((candidate) => candidate.range === range),
    );
    return found.find((range) => range !== undefined)?.quality ?? 0;
  };
  const [best] = types
    .map((type) => ({ type, quality: qualityOf(type) }))
    .filter(({ quality }) => quality > 0)
    .sort((one, other) => other.quality - one.quality);
  return best?.type ?? false;
}
