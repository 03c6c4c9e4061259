import { auth } from "express-oauth2-jwt-bearer";

function createMiddleware({ issuer, audience, typ, algorithm }) {
  return auth({
    issuerBaseURL: issuer, // it reads the rest from the issuer's metadata
    audience, // of your API, never the project id
    strict: typ === "at+jwt", // true for the profile RFC9068
    tokenSigningAlg: algorithm, // "RS256"
    clockTolerance: 5,
  });
}

/** Does what Express does with a request. */
export function createVerifier(settings) {
  const middleware = createMiddleware(settings);
  return (token) =>
    new Promise((pass, refuse) => {
      const headers = { authorization: `Bearer ${token}`, host: "api.example.com" };
      const request = {
        headers,
        get: (name) => headers[name.toLowerCase()],
        is: () => false,
        method: "GET",
        protocol: "https",
        originalUrl: "/",
        query: {},
      };
      middleware(request, {}, (error) => (error ? refuse(error) : pass(request.auth.payload)));
    });
}
