//! Calls Countersign with types that are generated from the SDK's schema and documents.
mod call;
mod countersign;
#[path = "../../../../sdk/schema/error-codes/countersign_errors.rs"]
#[allow(dead_code)]
#[rustfmt::skip]
mod error_codes;
mod errors;
mod manage;
mod operations;
mod token_source;
mod verifier;

use std::env;
use std::error::Error;

use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    match env::args().nth(1).as_deref() {
        Some("manage") => manage::run().await,
        Some("errors") => errors::run().await,
        Some("call") => call::run().await,
        _ => Err("Say what to run: manage, errors or call".into()),
    }
}

fn environment(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("{name} is not set"))
}

/// A line of JSON for a step.
fn print(step: &str, mut line: Value) {
    line["step"] = step.into();
    println!("{line}");
}
