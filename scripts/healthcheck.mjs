// Ends with 0 if the server of this container answers. An image need not hold curl for that.
import http from "node:http";
import https from "node:https";

const { HOST, PORT, TLS_CERT_FILE } = process.env;
const isOnAllAddresses = !HOST || HOST === "0.0.0.0" || HOST === "::";
const options = {
  host: isOnAllAddresses ? "127.0.0.1" : HOST,
  port: PORT || 4000,
  path: "/healthz",
  timeout: 4000,
  // The certificate is for the server's name, and the server is asked by its address.
  rejectUnauthorized: false,
};
const request = (TLS_CERT_FILE ? https : http).get(options, (response) => {
  response.resume();
  if (response.statusCode !== 200) fail(`it answers with status ${response.statusCode}`);
});
request.on("timeout", () => request.destroy(new Error("no answer within 4 seconds")));
request.on("error", (error) => fail(error.message));

function fail(reason) {
  process.stderr.write(`The server is not healthy: ${reason}.\n`);
  process.exitCode = 1;
}
