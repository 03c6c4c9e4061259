//! Operations and their types, which graphql_client generates from the SDK's documents when this is compiled.
use graphql_client::GraphQLQuery;
use serde_json::{Map, Value};

/// RFC 3339, with an offset.
type DateTime = String;
type JSONObject = Map<String, Value>;

// Every operation gets a module of its own, as `create_client` for `CreateClient`.
// - The strict schema has root fields that are null only beside an error, which `Countersign` reads first.
// - Without `skip_serializing_none` what is not set is sent as null, which clears fields.
macro_rules! operations {
    ($query_path:tt, $variables_derives:tt: $($operation:ident),+) => {$(
        #[derive(GraphQLQuery)]
        #[graphql(
            schema_path = "../../../sdk/schema/schema.strict.graphql",
            query_path = $query_path,
            response_derives = "Clone, Debug, PartialEq, Serialize",
            variables_derives = $variables_derives,
            skip_serializing_none
        )]
        pub struct $operation;
    )+};
}

operations!("../../../sdk/schema/documents.graphql", "Default":
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
// Its order has required enums, which have no default.
operations!("../../../sdk/schema/documents.graphql", "Clone": ListClients);
operations!("src/client_events.graphql", "Clone": GetClientEvents);
