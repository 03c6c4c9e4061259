const isLong = process.env["PROPERTY_RUNS"] === "long";

/** So many examples of a property with `npm run test:long`, otherwise a tenth of them. */
export const runs = (count: number) => (isLong ? count : Math.ceil(count / 10));
