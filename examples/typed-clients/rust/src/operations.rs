//! Operations and their types, which graphql_client generates from the SDK's documents when this is compiled.
use graphql_client::GraphQLQuery;
use serde_json::{Map, Value};

/// RFC 3339, with an offset.
type DateTime = String;
type JSONObject = Map<String, Value>;

// Every operation has a module of its own, as `create_client` for `CreateClient`.
// - The strict schema has root fields that are null only beside an error, which `Countersign` reads first.
// - Without `skip_serializing_none` what is None is sent as null, which clears fields.
macro_rules! operations {
    ($($operation:ident),+) => {$(
        #[derive(GraphQLQuery)]
        #[graphql(
            schema_path = "../../../sdk/schema/schema.strict.graphql",
            query_path = "../../../sdk/schema/documents.graphql",
            variables_derives = "Default",
            skip_serializing_none
        )]
        pub struct $operation;
    )+};
}

operations!(
    AttestSession,
    CompleteSecretRotation,
    CreateClient,
    GetClient,
    ImportClient,
    IssueToken,
    StartSecretRotation,
    UpdateClient,
    VerifyToken
);

// Its order has enums that must be set, and so no default.
#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../../sdk/schema/schema.strict.graphql",
    query_path = "../../../sdk/schema/documents.graphql",
    skip_serializing_none
)]
pub struct ListClients;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../../sdk/schema/schema.strict.graphql",
    query_path = "src/client_events.graphql",
    skip_serializing_none
)]
pub struct GetClientEvents;
