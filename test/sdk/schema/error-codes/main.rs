//! Prints what it knows of each code of its arguments.

#[allow(dead_code)]
mod countersign_errors;

use countersign_errors::ErrorCode;

fn main() {
    let meanings: Vec<String> = std::env::args().skip(1).map(|code| meaning(&code)).collect();
    println!("[{}]", meanings.join(","));
}

fn meaning(code: &str) -> String {
    let code = ErrorCode::from(code);
    format!(
        r#"{{"code":"{code}","retryable":{},"description":{:?},"isClientNotFound":{}}}"#,
        code.is_retryable(),
        code.description().unwrap_or(""),
        code == ErrorCode::ClientNotFound
    )
}
