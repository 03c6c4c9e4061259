//! Creates, imports, issues, verifies, rotates, lists, attests, and changes one field at a time.
use std::env;
use std::error::Error;

use rand::distributions::{Alphanumeric, DistString};
use serde_json::json;

use crate::countersign::{Countersign, Failure};
use crate::operations::*;
use crate::{environment, print};

pub async fn run() -> Result<(), Box<dyn Error>> {
    let countersign = Countersign::new(&environment("COUNTERSIGN_URL")?)?;

    let input = create_client::CreateClientInput {
        name: Some("Reports".into()),
        description: Some("Writes the monthly reports".into()),
        scopes: vec!["read:reports".into()],
        trusted_metadata: json!({ "plan": "pro", "seats": 3 }).as_object().cloned(),
        expires_at: Some("2100-01-01T00:00:00Z".into()),
        ..Default::default()
    };
    let created = countersign
        .execute::<CreateClient>(create_client::Variables { input })
        .await?
        .create_client;
    let client_id = created.client.client_id;
    let secret = created.client_secret.ok_or("The secret is shown once")?;
    print("create", json!({ "clientId": client_id }));

    let input = import_client::ImportClientInput {
        client_id: random("billing-"),
        client_secret: Some(random("")),
        name: Some("Billing worker".into()),
        scopes: Some(vec!["read:invoices".into()]),
        ..Default::default()
    };
    let imported = countersign
        .execute::<ImportClient>(import_client::Variables { input })
        .await?
        .import_client
        .client;
    print("import", json!({ "clientId": imported.client_id }));

    let token = issue_token(&countersign, &client_id, secret).await?;
    print(
        "issue",
        json!({ "scope": token.scope, "expiresIn": token.expires_in }),
    );

    let input = verify_token::VerifyTokenInput {
        access_token: token.access_token,
        required_scopes: Some(vec!["read:reports".into()]),
        ..Default::default()
    };
    let verified = countersign
        .execute::<VerifyToken>(verify_token::Variables { input })
        .await?
        .verify_token
        .token;
    print(
        "verify",
        json!({ "clientId": verified.client_id, "scopes": verified.scopes }),
    );

    let token = rotate(&countersign, &client_id).await?;
    print(
        "rotate",
        json!({ "clientId": client_id, "scope": token.scope, "expiresIn": token.expires_in }),
    );

    let (pages, client_ids) = list_clients(&countersign).await?;
    print("page", json!({ "pages": pages, "clientIds": client_ids }));

    if let (Ok(profile_id), Ok(token)) = (env::var("PROFILE_ID"), env::var("TRUSTED_AUTH_TOKEN")) {
        let input = attest_session::AttestSessionInput {
            profile_id,
            token,
            ..Default::default()
        };
        let member = countersign
            .execute::<AttestSession>(attest_session::Variables { input })
            .await?
            .attest_session
            .member;
        print(
            "attest",
            json!({ "memberId": member.member_id, "emailAddress": member.email_address }),
        );
    }

    let input = update_client::UpdateClientInput {
        client_id: client_id.clone(),
        name: Some("Monthly reports".into()),
        ..Default::default()
    };
    let renamed = countersign
        .execute::<UpdateClient>(update_client::Variables { input })
        .await?;
    print_client("rename", renamed);

    let input = update_client::UpdateClientInput {
        client_id,
        ..Default::default()
    };
    let cleared = countersign
        .execute_clearing::<UpdateClient>(update_client::Variables { input }, &["description"])
        .await?;
    print_client("clear", cleared);
    Ok(())
}

async fn issue_token(
    countersign: &Countersign,
    client_id: &str,
    client_secret: String,
) -> Result<issue_token::IssueTokenIssueToken, Failure> {
    let input = issue_token::IssueTokenInput {
        client_id: client_id.into(),
        client_secret,
        ..Default::default()
    };
    let issued = countersign.execute::<IssueToken>(issue_token::Variables { input });
    Ok(issued.await?.issue_token)
}

/// Both secrets work until the rotation is completed: no program is without one.
async fn rotate(
    countersign: &Countersign,
    client_id: &str,
) -> Result<issue_token::IssueTokenIssueToken, Box<dyn Error>> {
    let input = start_secret_rotation::StartSecretRotationInput {
        client_id: client_id.into(),
        ..Default::default()
    };
    let started = countersign
        .execute::<StartSecretRotation>(start_secret_rotation::Variables { input })
        .await?
        .start_secret_rotation;
    let secret = started
        .next_client_secret
        .ok_or("The secret is shown once")?;
    let token = issue_token(countersign, client_id, secret).await?;
    let input = complete_secret_rotation::CompleteSecretRotationInput {
        client_id: client_id.into(),
    };
    countersign
        .execute::<CompleteSecretRotation>(complete_secret_rotation::Variables { input })
        .await?;
    Ok(token)
}

async fn list_clients(countersign: &Countersign) -> Result<(u32, Vec<String>), Failure> {
    let mut client_ids = Vec::new();
    let mut pages = 0;
    let mut after = None;
    loop {
        let variables = list_clients::Variables {
            filter: None,
            order_by: None,
            first: Some(2),
            after,
            last: None,
            before: None,
        };
        let page = countersign.execute::<ListClients>(variables).await?.clients;
        pages += 1;
        client_ids.extend(page.nodes.into_iter().map(|client| client.client_id));
        if !page.page_info.has_next_page {
            return Ok((pages, client_ids));
        }
        after = page.page_info.end_cursor;
    }
}

fn print_client(step: &str, answer: update_client::ResponseData) {
    let client = answer.update_client.client;
    print(
        step,
        json!({
            "clientId": client.client_id,
            "name": client.name,
            "description": client.description,
            "scopes": client.scopes,
            "trustedMetadata": client.trusted_metadata,
            "expiresAt": client.expires_at,
        }),
    );
}

fn random(prefix: &str) -> String {
    prefix.to_owned() + &Alphanumeric.sample_string(&mut rand::thread_rng(), 40)
}
