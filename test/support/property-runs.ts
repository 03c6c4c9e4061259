export const isLong = process.env["PROPERTY_RUNS"] === "long";

/** Number of examples that a property is tested with: all with `npm run test:long`, otherwise a tenth. */
export const runs = (count: number) => (isLong ? count : Math.ceil(count / 10));
