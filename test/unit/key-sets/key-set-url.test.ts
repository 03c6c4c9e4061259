import { describe, expect, test } from "@jest/globals";
import { AllowedHosts } from "../../../src/key-sets/allowed-hosts.js";
import { type KeySetPolicy, keySetUrlProblem } from "../../../src/key-sets/key-set-url.js";

const policy = (allowInsecure: boolean, allowedHosts = ""): KeySetPolicy => ({
  allowInsecure,
  allowedHosts: AllowedHosts.parse(allowedHosts),
});
const PRODUCTION = policy(false);
const DEVELOPMENT = policy(true);
const PRIVATE = policy(false, "10.0.0.0/8, keycloak.internal.example, 192.168.1.10:8443");
const BOTH = policy(true, "10.0.0.0/8");

describe("the URL of a key set", () => {
  test.each<[string, KeySetPolicy]>([
    ["https://issuer.example.com/jwks", PRODUCTION],
    ["https://issuer.example.com:8443/jwks?x=1", PRODUCTION],
    ["https://keycloak.internal.example/", PRODUCTION],
    ["https://8.8.8.8/", PRODUCTION],
    ["https://[2001:4860:4860::8888]/", PRODUCTION],
    ["http://localhost:3000/jwks", DEVELOPMENT],
    ["http://127.0.0.1:3000/jwks", DEVELOPMENT],
    ["http://[::1]/jwks", DEVELOPMENT],
    ["http://issuer.example.com/jwks", DEVELOPMENT],
    ["https://10.0.0.5/jwks", PRIVATE],
    ["https://192.168.1.10:8443/realms/x/protocol/openid-connect/certs", PRIVATE],
    ["http://10.0.0.5/jwks", BOTH],
  ])("may be %s", (url, settings) => {
    expect(keySetUrlProblem(url, settings)).toBeNull();
  });

  const FORM = /^must be a URL such as https:/;
  const HTTPS =
    /^must begin with https:\/\/ \(http:\/\/ is for development, with ALLOW_INSECURE_JWKS/;
  const HTTP = /^must begin with https:\/\/ or http:\/\/$/;
  const USER = /^must not contain a user name or password$/;
  const HOST = /^must have a public host, or one that .* listed in KEY_SET_ALLOWED_HOSTS$/;

  test.each<[string, KeySetPolicy, RegExp]>([
    ["", PRODUCTION, FORM],
    ["jwks", PRODUCTION, FORM],
    ["/.well-known/jwks.json", PRODUCTION, FORM],
    ["https://", PRODUCTION, FORM],
    ["https://issuer.example.com/a b", PRODUCTION, FORM],
    ["https://issuer.example.com:99999/", PRODUCTION, FORM],
    ["issuer.example.com:443/jwks", PRODUCTION, HTTPS],
    ["http://issuer.example.com/jwks", PRODUCTION, HTTPS],
    ["http://10.0.0.5/jwks", PRIVATE, HTTPS],
    ["file:///etc/passwd", PRODUCTION, HTTPS],
    ["file:///etc/passwd", DEVELOPMENT, HTTP],
    ["ftp://issuer.example.com/jwks", DEVELOPMENT, HTTP],
    ["https://user@issuer.example.com/jwks", PRODUCTION, USER],
    ["https://:secret@issuer.example.com/jwks", DEVELOPMENT, USER],
    ["https://10.0.0.5/jwks", PRODUCTION, HOST],
    ["http://10.0.0.5/jwks", DEVELOPMENT, HOST],
    ["https://192.168.1.10/realms/x", PRIVATE, HOST],
    ["https://0x0a.5/jwks", PRODUCTION, HOST],
    ["https://167772165/jwks", PRODUCTION, HOST],
    ["https://[fd12::5]/jwks", PRIVATE, HOST],
    ["https://[::ffff:10.0.0.5]/jwks", PRODUCTION, HOST],
    ["https://127.0.0.1/jwks", PRODUCTION, HOST],
    ["https://localhost/jwks", PRODUCTION, HOST],
    ["https://keys.localhost./jwks", PRIVATE, HOST],
    ["https://169.254.169.254/latest", DEVELOPMENT, HOST],
    ["https://[fd00:ec2::254]/latest", policy(false, "fd00::/8"), HOST],
    ["https://168.63.129.16/", BOTH, HOST],
    ["https://0.0.0.0/", DEVELOPMENT, HOST],
  ])("must not be %s", (url, settings, problem) => {
    expect(keySetUrlProblem(url, settings)).toMatch(problem);
  });
});
