//! Sends operations with a management key, and tells what fails by its code.
use std::error::Error;
use std::fmt;
use std::time::Duration;

use graphql_client::{GraphQLQuery, Response};
use reqwest::header::RETRY_AFTER;
use serde_json::Value;

use crate::environment;
use crate::error_codes::ErrorCode;

pub struct Countersign {
    http: reqwest::Client,
    endpoint: String,
    project_id: String,
    secret: String,
}

/// What is there, although something may have failed.
pub struct Answer<Data> {
    /// None if a root field has failed.
    pub data: Option<Data>,
    pub failures: Vec<Failure>,
}

#[derive(Debug)]
pub struct Failure {
    /// None if something else than the server has answered, or nothing.
    pub code: Option<ErrorCode>,
    pub retry_after: Option<Duration>,
    message: String,
}

impl Countersign {
    /// `url` is that of the server, without `/graphql`.
    pub fn new(url: &str) -> Result<Self, Box<dyn Error>> {
        let timeout = Duration::from_secs(30);
        Ok(Self {
            http: reqwest::Client::builder().timeout(timeout).build()?,
            endpoint: format!("{url}/graphql"),
            project_id: environment("COUNTERSIGN_PROJECT_ID")?,
            secret: environment("COUNTERSIGN_SECRET")?,
        })
    }

    /// Takes the failure of one field for the failure of all.
    pub async fn execute<Q: GraphQLQuery>(
        &self,
        variables: Q::Variables,
    ) -> Result<Q::ResponseData, Failure> {
        self.execute_clearing::<Q>(variables, &[]).await
    }

    /// Sends null for these fields of the input, which clears them. What is None is not sent and stays as it is.
    pub async fn execute_clearing<Q: GraphQLQuery>(
        &self,
        variables: Q::Variables,
        cleared: &[&str],
    ) -> Result<Q::ResponseData, Failure> {
        let mut body = serde_json::to_value(Q::build_query(variables))?;
        for field in cleared {
            body["variables"]["input"][field] = Value::Null;
        }
        let answer = self.post(&body).await?;
        match answer.failures.into_iter().next() {
            Some(failure) => Err(failure),
            None => answer
                .data
                .ok_or_else(|| Failure::of("The answer is of another schema")),
        }
    }

    /// For operations of which a part is of use.
    pub async fn query<Q: GraphQLQuery>(
        &self,
        variables: Q::Variables,
    ) -> Result<Answer<Q::ResponseData>, Failure> {
        let body = serde_json::to_value(Q::build_query(variables))?;
        self.post(&body).await
    }

    async fn post<Data: serde::de::DeserializeOwned>(
        &self,
        body: &Value,
    ) -> Result<Answer<Data>, Failure> {
        let request = self.http.post(&self.endpoint).json(body);
        let request = request.basic_auth(&self.project_id, Some(&self.secret));
        let response = request.send().await?;
        let status = response.status();
        let header = response.headers().get(RETRY_AFTER);
        let retry_after = header.and_then(|seconds| seconds.to_str().ok()?.parse().ok());
        let retry_after = retry_after.map(Duration::from_secs);
        // The server's answers of 400, 429 and 503 are GraphQL as well, and have codes. A gateway's are not.
        let answer = response.json::<Response<Value>>().await.ok();
        let answer = answer.filter(|answer| answer.data.is_some() || answer.errors.is_some());
        let Some(answer) = answer else {
            let failure = Failure::of(&format!("The server answers with {status}"));
            return Err(Failure {
                retry_after,
                ..failure
            });
        };
        let errors = answer.errors.unwrap_or_default();
        let failures: Vec<_> = errors
            .into_iter()
            .map(|error| Failure::new(error, retry_after))
            .collect();
        // Beside an error a root field may be null, which the strict schema does not know.
        let data = serde_json::from_value(answer.data.unwrap_or_default()).ok();
        Ok(Answer { data, failures })
    }
}

impl Failure {
    fn new(error: graphql_client::Error, retry_after: Option<Duration>) -> Self {
        let extensions = error.extensions.unwrap_or_default();
        let code = extensions.get("code").and_then(Value::as_str);
        Self {
            code: code.map(ErrorCode::from),
            retry_after,
            message: error.message,
        }
    }

    fn of(message: &str) -> Self {
        Self {
            code: None,
            retry_after: None,
            message: message.to_owned(),
        }
    }

    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.code.as_ref().is_some_and(ErrorCode::is_retryable)
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::of(&error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::of(&error.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(formatter, "{code}: {}", self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

impl Error for Failure {}
