//! Access tokens for an API, by the client credentials grant.
use std::error::Error;
use std::time::{Duration, Instant};

use oauth2::basic::BasicClient;
use oauth2::{ClientId, ClientSecret, EndpointNotSet, EndpointSet, Scope, TokenResponse, TokenUrl};
use tokio::sync::Mutex;

type TokenEndpoint =
    BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

pub struct TokenSource {
    http: reqwest::Client,
    endpoint: TokenEndpoint,
    audience: String,
    scope: String,
    cached: Mutex<Option<AccessToken>>,
}

#[derive(Clone)]
pub struct AccessToken {
    pub token: String,
    pub expires_in: Duration,
    renew_at: Instant,
}

impl TokenSource {
    pub fn new(
        issuer: &str,
        client_id: String,
        client_secret: String,
        audience: String,
        scope: String,
    ) -> Result<Self, Box<dyn Error>> {
        let token_url = format!("{}/oauth/token", issuer.trim_end_matches('/'));
        Ok(Self {
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(30))
                // a redirect would take the secret along
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
            endpoint: BasicClient::new(ClientId::new(client_id))
                .set_client_secret(ClientSecret::new(client_secret))
                .set_token_uri(TokenUrl::new(token_url)?),
            audience,
            scope,
            cached: Mutex::new(None),
        })
    }

    /// The oauth2 crate asks each time. The lock is held meanwhile, so that callers at once make one request.
    pub async fn token(&self) -> Result<AccessToken, Box<dyn Error>> {
        let mut cached = self.cached.lock().await;
        if let Some(token) = cached
            .as_ref()
            .filter(|token| Instant::now() < token.renew_at)
        {
            return Ok(token.clone());
        }
        let requested_at = Instant::now();
        let answer = self
            .endpoint
            .exchange_client_credentials()
            .add_scope(Scope::new(self.scope.clone()))
            .add_extra_param("audience", &self.audience)
            .request_async(&self.http)
            .await?;
        let expires_in = answer.expires_in().unwrap_or_default();
        let token = AccessToken {
            token: answer.access_token().secret().clone(),
            expires_in,
            // a minute before its end, or a tenth of a short life
            renew_at: requested_at + expires_in - (expires_in / 10).min(Duration::from_secs(60)),
        };
        Ok(cached.insert(token).clone())
    }
}
