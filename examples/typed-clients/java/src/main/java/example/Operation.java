package example;

import countersign.DgsConstants.MUTATION;
import countersign.DgsConstants.QUERY;
import countersign.types.AttestSessionPayload;
import countersign.types.Client;
import countersign.types.ClientConnection;
import countersign.types.CompleteSecretRotationPayload;
import countersign.types.CreateClientPayload;
import countersign.types.ImportClientPayload;
import countersign.types.IssueTokenPayload;
import countersign.types.StartSecretRotationPayload;
import countersign.types.UpdateClientPayload;
import countersign.types.VerifyTokenPayload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * An operation of a document, and what its root field answers with. DGS's own query builders write values into the
 * text of an operation, which servers log and cache. The documents of the SDK take them as variables.
 */
record Operation<T>(String document, String name, String field, Class<T> type) {
    private static final String DOCUMENTS = read("/documents.graphql");

    static final Operation<AttestSessionPayload> ATTEST_SESSION =
            sdk("AttestSession", MUTATION.AttestSession, AttestSessionPayload.class);
    static final Operation<CompleteSecretRotationPayload> COMPLETE_SECRET_ROTATION =
            sdk("CompleteSecretRotation", MUTATION.CompleteSecretRotation, CompleteSecretRotationPayload.class);
    static final Operation<CreateClientPayload> CREATE_CLIENT =
            sdk("CreateClient", MUTATION.CreateClient, CreateClientPayload.class);
    static final Operation<Client> GET_CLIENT = sdk("GetClient", QUERY.Client, Client.class);
    static final Operation<ImportClientPayload> IMPORT_CLIENT =
            sdk("ImportClient", MUTATION.ImportClient, ImportClientPayload.class);
    static final Operation<IssueTokenPayload> ISSUE_TOKEN =
            sdk("IssueToken", MUTATION.IssueToken, IssueTokenPayload.class);
    static final Operation<ClientConnection> LIST_CLIENTS =
            sdk("ListClients", QUERY.Clients, ClientConnection.class);
    static final Operation<StartSecretRotationPayload> START_SECRET_ROTATION =
            sdk("StartSecretRotation", MUTATION.StartSecretRotation, StartSecretRotationPayload.class);
    static final Operation<UpdateClientPayload> UPDATE_CLIENT =
            sdk("UpdateClient", MUTATION.UpdateClient, UpdateClientPayload.class);
    static final Operation<VerifyTokenPayload> VERIFY_TOKEN =
            sdk("VerifyToken", MUTATION.VerifyToken, VerifyTokenPayload.class);

    /** One of our own, since the SDK's documents leave out what needs a permission of its own. */
    static final Operation<Client> GET_CLIENT_EVENTS = new Operation<>(
            """
            query GetClientEvents($clientId: ID!) {
              client(clientId: $clientId) {
                clientId
                events(first: 10) {
                  nodes {
                    action
                    occurredAt
                  }
                }
              }
            }
            """,
            "GetClientEvents",
            QUERY.Client,
            Client.class);

    private static <T> Operation<T> sdk(String name, String field, Class<T> type) {
        return new Operation<>(DOCUMENTS, name, field, type);
    }

    private static String read(String resource) {
        try (var stream = Operation.class.getResourceAsStream(resource)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException exception) {
            throw new UncheckedIOException(exception);
        }
    }
}
