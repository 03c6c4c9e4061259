/** The same as `version` in package.json, which a test holds. */
export const VERSION = "0.3.0";
