/**
 * The longest token, in characters, that this server issues and that any part of it accepts. It holds a hundred scopes of
 * the greatest length beside the longest custom claims, and three such tokens fit into the body of a token request.
 */
export const MAX_TOKEN_LENGTH = 40 * 1024;

/** Headers of a request: such a token, and what Node.js allows for all of them by default. */
export const MAX_HEADER_BYTES = MAX_TOKEN_LENGTH + 16 * 1024;

/** Servers with the usual limits (nginx: 8 KiB for a header) refuse longer tokens. */
export const LONG_TOKEN_LENGTH = 8 * 1024;
