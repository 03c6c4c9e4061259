//! What an API checks of an access token, with keys that it fetches once in a while.
use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use tokio::sync::Mutex;

/// What the server tells caches.
const KEYS_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// How long an outage of the server may last.
const MAX_STALE: Duration = Duration::from_secs(24 * 60 * 60);
/// Tokens that name made-up keys do not make the API ask more often.
const COOLDOWN: Duration = Duration::from_secs(10);

pub struct Verifier {
    http: reqwest::Client,
    jwks_url: String,
    validation: Validation,
    keys: Mutex<Keys>,
}

struct Keys {
    set: JwkSet,
    fetched_at: Option<Instant>,
    tried_at: Option<Instant>,
}

#[derive(Deserialize)]
pub struct Claims {
    pub client_id: String,
    #[serde(default)]
    scope: String,
}

impl Claims {
    pub fn scopes(&self) -> HashSet<&str> {
        self.scope.split_whitespace().collect()
    }
}

#[derive(Debug)]
pub enum Refusal {
    /// HTTP status 401.
    InvalidToken(String),
    /// HTTP status 403.
    InsufficientScope,
    /// HTTP status 503.
    KeysUnavailable,
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
            keys: Mutex::new(Keys {
                set: JwkSet { keys: vec![] },
                fetched_at: None,
                tried_at: None,
            }),
        })
    }

    pub async fn verify(&self, token: &str, scope: &str) -> Result<Claims, Refusal> {
        let header = decode_header(token)?;
        // jsonwebtoken does not look at it. A session JWT has another one.
        if header.typ.as_deref() != Some("at+jwt") {
            return Err(Refusal::InvalidToken("not an access token".into()));
        }
        let key = self.key(&header.kid.unwrap_or_default()).await?;
        let key = DecodingKey::from_jwk(&key)?;
        let claims = decode::<Claims>(token, &key, &self.validation)?.claims;
        if !claims.scopes().contains(scope) {
            return Err(Refusal::InsufficientScope);
        }
        Ok(claims)
    }

    async fn key(&self, kid: &str) -> Result<Jwk, Refusal> {
        let mut keys = self.keys.lock().await;
        let is_current = is_within(KEYS_LIFETIME, keys.fetched_at) && keys.set.find(kid).is_some();
        if !is_current && !is_within(COOLDOWN, keys.tried_at) {
            keys.tried_at = Some(Instant::now());
            match self.fetch_keys().await {
                Ok(set) => {
                    keys.set = set;
                    keys.fetched_at = keys.tried_at;
                }
                Err(error) => eprintln!("The keys of access tokens are not there: {error}"),
            }
        }
        if !is_within(MAX_STALE, keys.fetched_at) {
            return Err(Refusal::KeysUnavailable);
        }
        let key = keys.set.find(kid).cloned();
        key.ok_or_else(|| Refusal::InvalidToken("unknown key".into()))
    }

    async fn fetch_keys(&self) -> Result<JwkSet, reqwest::Error> {
        let response = self.http.get(&self.jwks_url).send().await?;
        response.error_for_status()?.json().await
    }
}

fn is_within(limit: Duration, time: Option<Instant>) -> bool {
    time.is_some_and(|time| time.elapsed() < limit)
}

impl From<jsonwebtoken::errors::Error> for Refusal {
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        Self::InvalidToken(error.to_string())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidToken(reason) => write!(formatter, "The token is not valid: {reason}"),
            Self::InsufficientScope => formatter.write_str("The token lacks the scope"),
            Self::KeysUnavailable => formatter.write_str("The keys cannot be fetched"),
        }
    }
}

impl Error for Refusal {}
