//! A program that gets a token for an API, and the API that verifies it.
use std::env;
use std::error::Error;

use serde_json::json;

use crate::token_source::TokenSource;
use crate::verifier::{Refusal, Verifier};

pub async fn run() -> Result<(), Box<dyn Error>> {
    let issuer = env::var("ISSUER")?;
    let audience = env::var("AUDIENCE")?;
    let scope = env::var("SCOPE")?;

    let token_source = TokenSource::new(
        &issuer,
        env::var("CLIENT_ID")?,
        env::var("CLIENT_SECRET")?,
        audience.clone(),
        scope.clone(),
    )?;
    let first = token_source.token().await?;
    println!(
        "{}",
        json!({ "step": "token", "expiresIn": first.expires_in.as_secs() })
    );

    let verifier = Verifier::new(&issuer, &audience)?;
    let cached = token_source.token().await?;
    let claims = verifier.verify(&cached.token, &scope).await?;
    println!(
        "{}",
        json!({ "step": "verify", "clientId": claims.client_id, "scopes": claims.scopes() })
    );

    for (step, token) in [
        ("other-token", "OTHER_TOKEN"),
        ("session-jwt", "SESSION_JWT"),
    ] {
        let verified = verifier.verify(&env::var(token)?, &scope).await;
        let refused = matches!(verified, Err(Refusal::InvalidToken(_)));
        println!("{}", json!({ "step": step, "refused": refused }));
    }
    Ok(())
}
