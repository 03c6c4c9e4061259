/**
 * The modules `node:http` and `node:https`. An import statement reads all their exports, and the getter of `WebSocket`
 * loads undici, which the server does not use and which takes 40 ms of each start and several megabytes.
 */
export const http = process.getBuiltinModule("node:http");
export const https = process.getBuiltinModule("node:https");
