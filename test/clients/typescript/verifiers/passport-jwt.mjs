import jwksRsa from "jwks-rsa";
import { ExtractJwt, Strategy } from "passport-jwt";

function createStrategy({ issuer, audience, algorithm }) {
  const base = issuer.replace(/\/$/, "");
  return new Strategy(
    {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: jwksRsa.passportJwtSecret({
        jwksUri: `${base}/.well-known/jwks.json`,
        cache: true,
      }),
      issuer,
      audience, // of your API, never the project id
      algorithms: [algorithm], // "RS256"
      jsonWebTokenOptions: { clockTolerance: 5 },
    },
    (payload, done) => done(null, payload),
  );
}

/** Does what passport does with a request. */
export function createVerifier(settings) {
  const strategy = createStrategy(settings);
  return (token) =>
    new Promise((success, fail) => {
      const request = { headers: { authorization: `Bearer ${token}` } };
      Object.assign(Object.create(strategy), { success, fail, error: fail }).authenticate(request);
    });
}
