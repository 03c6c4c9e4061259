//! What a client meets sooner or later: a newer server, a missing permission, a mistake, a limit, an outage.
use std::error::Error;

use serde_json::{Value, json};

use crate::countersign::{Countersign, Failure};
use crate::error_codes::ErrorCode;
use crate::operations::*;
use crate::{environment, print};

pub async fn run() -> Result<(), Box<dyn Error>> {
    let faults_url = environment("COUNTERSIGN_FAULTS_URL")?;
    let faulty = |fault: &str| Countersign::new(&format!("{faults_url}/{fault}"));
    let client_id = environment("FAULTS_CLIENT_ID")?;

    let variables = get_client::Variables {
        client_id: client_id.clone(),
    };
    let newer = faulty("newer")?.execute::<GetClient>(variables).await?;
    let newer = newer.client.ok_or("There is no such client")?;
    let status = match newer.status {
        get_client::ClientStatus::ACTIVE => "active",
        get_client::ClientStatus::INACTIVE => "inactive",
        // Enums grow: graphql_client keeps what it does not know.
        get_client::ClientStatus::Other(_) => "unknown",
    };
    print(
        "newer",
        json!({ "clientId": newer.client_id, "status": status }),
    );

    let variables = get_client_events::Variables {
        client_id: client_id.clone(),
    };
    let answer = faulty("forbidden")?
        .query::<GetClientEvents>(variables)
        .await?;
    let client = answer.data.and_then(|data| data.client);
    let client = client.ok_or("There is no such client")?;
    for failure in answer.failures {
        if failure.code != Some(ErrorCode::Forbidden) || client.events.is_some() {
            return Err(failure.into());
        }
        let mut line = describe(&failure);
        line["clientId"] = json!(client.client_id);
        print("forbidden", line);
    }

    for fault in ["bad-request", "rate-limited", "unavailable"] {
        let variables = get_client::Variables {
            client_id: client_id.clone(),
        };
        match faulty(fault)?.execute::<GetClient>(variables).await {
            Ok(_) => return Err(format!("{fault} has not failed").into()),
            Err(failure) => print(fault, describe(&failure)),
        }
    }
    Ok(())
}

fn describe(failure: &Failure) -> Value {
    let code = failure.code.as_ref().map(ErrorCode::as_str);
    let mut line = json!({ "code": code, "retryable": failure.is_retryable() });
    if let Some(retry_after) = failure.retry_after {
        line["retryAfterSeconds"] = json!(retry_after.as_secs());
    }
    line
}
