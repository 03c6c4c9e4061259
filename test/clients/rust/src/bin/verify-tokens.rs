//! Reads verifiers with tokens from standard input. Prints for each token null, or why it is refused.
use serde::Deserialize;
use std::error::Error;
use std::io::stdin;

use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{decode, decode_header, Algorithm, DecodingKey, Validation};

struct Verifier {
    keys: JwkSet, // {issuer}/.well-known/jwks.json, fetched again for an unknown kid
    typ: String,  // "at+jwt" of the profile RFC9068, else "JWT"
    validation: Validation,
}

impl Verifier {
    /// `audience` is that of your API, never the project id.
    fn new(keys: JwkSet, issuer: &str, audience: &str, typ: &str, algorithm: Algorithm) -> Self {
        let mut validation = Validation::new(algorithm); // Algorithm::RS256
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        validation.leeway = 5;
        Self {
            keys,
            typ: typ.to_string(),
            validation,
        }
    }

    fn verify(&self, token: &str) -> Result<serde_json::Value> {
        let header = decode_header(token)?;
        let key = header.kid.and_then(|kid| self.keys.find(&kid));
        match key {
            Some(key) if header.typ.as_deref() == Some(self.typ.as_str()) => {
                Ok(decode(token, &DecodingKey::from_jwk(key)?, &self.validation)?.claims)
            }
            _ => Err(ErrorKind::InvalidToken.into()),
        }
    }
}

#[derive(Deserialize)]
struct Verification {
    jwks: JwkSet,
    issuer: String,
    audience: String,
    typ: String,
    algorithm: Algorithm,
    tokens: Vec<String>,
}

fn refusals(v: Verification) -> Vec<Option<String>> {
    let verifier = Verifier::new(v.jwks, &v.issuer, &v.audience, &v.typ, v.algorithm);
    let refusal = |token: &String| verifier.verify(token).err().map(|error| error.to_string());
    v.tokens.iter().map(refusal).collect()
}

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let verifications: Vec<Verification> = serde_json::from_reader(stdin())?;
    let answer: Vec<_> = verifications.into_iter().map(refusals).collect();
    println!("{}", serde_json::to_string(&answer)?);
    Ok(())
}
