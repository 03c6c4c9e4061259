//! What an API checks of an access token, with keys that it fetches once in a while.
use std::collections::HashSet;
use std::error::Error;
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use tokio::sync::Mutex;

/// What the server allows caches.
const KEYS_LIFETIME: Duration = Duration::from_secs(300);
/// Forged tokens with made-up keys do not make the API ask more often.
const KEYS_COOLDOWN: Duration = Duration::from_secs(30);

pub struct Verifier {
    http: reqwest::Client,
    jwks_url: String,
    validation: Validation,
    keys: Mutex<Option<FetchedKeys>>,
}

struct FetchedKeys {
    set: JwkSet,
    fetched_at: Instant,
}

#[derive(Deserialize)]
pub struct Claims {
    pub client_id: String,
    #[serde(default)]
    scope: String,
}

impl Claims {
    pub fn scopes(&self) -> HashSet<&str> {
        self.scope.split(' ').collect()
    }
}

impl Verifier {
    /// `audience` is that of the API, never the project id.
    pub fn new(issuer: &str, audience: &str) -> Result<Self, reqwest::Error> {
        // The API's algorithm alone: a token does not choose its own.
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        validation.leeway = 5;
        let timeout = Duration::from_secs(5);
        Ok(Self {
            http: reqwest::Client::builder().timeout(timeout).build()?,
            jwks_url: format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/')),
            validation,
            keys: Mutex::new(None),
        })
    }

    pub async fn verify(&self, token: &str, scope: &str) -> Result<Claims, Box<dyn Error>> {
        let header = decode_header(token)?;
        // jsonwebtoken does not look at it. Session JWTs have another one.
        if header.typ.as_deref() != Some("at+jwt") {
            return Err("The token is no access token".into());
        }
        let key = self
            .key(&header.kid.ok_or("The token names no key")?)
            .await?;
        let key = DecodingKey::from_jwk(&key)?;
        let claims = decode::<Claims>(token, &key, &self.validation)?.claims;
        if !claims.scopes().contains(scope) {
            return Err(format!("The token lacks {scope}").into());
        }
        Ok(claims)
    }

    async fn key(&self, kid: &str) -> Result<Jwk, Box<dyn Error>> {
        let mut keys = self.keys.lock().await;
        if let Some(FetchedKeys { set, fetched_at }) = keys.as_ref() {
            let age = fetched_at.elapsed();
            match set.find(kid) {
                Some(key) if age < KEYS_LIFETIME => return Ok(key.clone()),
                None if age < KEYS_COOLDOWN => return Err("The token's key is unknown".into()),
                _ => {}
            }
        }
        let response = self.http.get(&self.jwks_url).send().await?;
        let set: JwkSet = response.error_for_status()?.json().await?;
        let fetched_at = Instant::now();
        let FetchedKeys { set, .. } = keys.insert(FetchedKeys { set, fetched_at });
        Ok(set.find(kid).ok_or("The token's key is unknown")?.clone())
    }
}
