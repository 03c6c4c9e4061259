//! A program that gets a token for an API, and the API that verifies it.
use std::env;
use std::error::Error;

use serde_json::json;

use crate::token_source::TokenSource;
use crate::verifier::{Refusal, Verifier};
use crate::{environment, print};

pub async fn run() -> Result<(), Box<dyn Error>> {
    let issuer = environment("ISSUER")?;
    let audience = environment("AUDIENCE")?;
    let scope = environment("SCOPE")?;

    let token_source = TokenSource::new(
        &issuer,
        environment("CLIENT_ID")?,
        environment("CLIENT_SECRET")?,
        audience.clone(),
        scope.clone(),
    )?;
    let first = token_source.token().await?;
    print("token", json!({ "expiresIn": first.expires_in.as_secs() }));

    let verifier = Verifier::new(&issuer, &audience)?;
    let cached = token_source.token().await?;
    let claims = verifier.verify(&cached.token, &scope).await?;
    print(
        "verify",
        json!({ "clientId": claims.client_id, "scopes": claims.scopes() }),
    );

    for (step, token) in [
        ("other-token", "OTHER_TOKEN"),
        ("session-jwt", "SESSION_JWT"),
    ] {
        let Ok(token) = env::var(token) else { continue };
        let verified = verifier.verify(&token, &scope).await;
        let refused = matches!(verified, Err(Refusal::InvalidToken(_)));
        print(step, json!({ "refused": refused }));
    }
    Ok(())
}
