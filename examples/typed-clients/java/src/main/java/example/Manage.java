package example;

import static example.Main.environment;
import static example.Main.print;

import countersign.types.AttestSessionInput;
import countersign.types.Client;
import countersign.types.CompleteSecretRotationInput;
import countersign.types.CreateClientInput;
import countersign.types.ImportClientInput;
import countersign.types.IssueTokenInput;
import countersign.types.IssueTokenPayload;
import countersign.types.StartSecretRotationInput;
import countersign.types.UpdateClientInput;
import countersign.types.VerifyTokenInput;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Creates, imports, issues, verifies, rotates, lists, attests, and changes one field at a time. */
final class Manage {
    private final Countersign countersign = Main.countersign(environment("COUNTERSIGN_URL"));

    static void run() throws Exception {
        new Manage().manage();
    }

    private void manage() throws Exception {
        var created = countersign.execute(Operation.CREATE_CLIENT, input(CreateClientInput.newBuilder()
                .name("Reports")
                .description("Writes the monthly reports")
                .scopes(List.of("read:reports"))
                .trustedMetadata(Map.of("plan", "pro", "seats", 3))
                .expiresAt(OffsetDateTime.parse("2100-01-01T00:00:00Z"))
                .build()));
        var clientId = created.getClient().getClientId();
        print("create", "clientId", clientId);

        var imported = countersign.execute(Operation.IMPORT_CLIENT, input(ImportClientInput.newBuilder()
                .clientId("billing-" + random())
                .clientSecret(random())
                .name("Billing worker")
                .scopes(List.of("read:invoices"))
                .build()));
        print("import", "clientId", imported.getClient().getClientId());

        var issued = issueToken(clientId, created.getClientSecret());
        print("issue", "scope", issued.getScope(), "expiresIn", issued.getExpiresIn());

        var verified = countersign.execute(Operation.VERIFY_TOKEN, input(VerifyTokenInput.newBuilder()
                .accessToken(issued.getAccessToken())
                .requiredScopes(List.of("read:reports"))
                .build()));
        var token = verified.getToken();
        print("verify", "clientId", token.getClientId(), "scopes", token.getScopes());

        issued = rotate(clientId);
        print("rotate", "clientId", clientId, "scope", issued.getScope(), "expiresIn", issued.getExpiresIn());

        page();

        var profileId = System.getenv("PROFILE_ID");
        var foreignToken = System.getenv("TRUSTED_AUTH_TOKEN");
        if (profileId != null && foreignToken != null) {
            var attested = countersign.execute(Operation.ATTEST_SESSION, input(AttestSessionInput.newBuilder()
                    .profileId(profileId)
                    .token(foreignToken)
                    .build()));
            var member = attested.getMember();
            print("attest", "memberId", member.getMemberId(), "emailAddress", member.getEmailAddress());
        }

        var renamed = countersign.execute(Operation.UPDATE_CLIENT, input(UpdateClientInput.newBuilder()
                .clientId(clientId)
                .name("Monthly reports")
                .build()));
        printClient("rename", renamed.getClient());

        var cleared = countersign.execute(Operation.UPDATE_CLIENT, input(UpdateClientInput.newBuilder()
                .clientId(clientId)
                .description(null)
                .build()));
        printClient("clear", cleared.getClient());
    }

    private IssueTokenPayload issueToken(String clientId, String clientSecret) throws Exception {
        return countersign.execute(Operation.ISSUE_TOKEN, input(IssueTokenInput.newBuilder()
                .clientId(clientId)
                .clientSecret(clientSecret)
                .build()));
    }

    /** Both secrets work until the rotation is completed: no program is without one. */
    private IssueTokenPayload rotate(String clientId) throws Exception {
        var started = countersign.execute(Operation.START_SECRET_ROTATION, input(
                StartSecretRotationInput.newBuilder().clientId(clientId).build()));
        var issued = issueToken(clientId, started.getNextClientSecret());
        countersign.execute(Operation.COMPLETE_SECRET_ROTATION, input(
                CompleteSecretRotationInput.newBuilder().clientId(clientId).build()));
        return issued;
    }

    private void page() throws Exception {
        var clientIds = new ArrayList<String>();
        var pages = 0;
        var variables = new HashMap<String, Object>(Map.of("first", 2));
        while (true) {
            var page = countersign.execute(Operation.LIST_CLIENTS, variables);
            pages++;
            for (var client : page.getNodes()) clientIds.add(client.getClientId());
            if (!page.getPageInfo().getHasNextPage()) break;
            variables.put("after", page.getPageInfo().getEndCursor());
        }
        print("page", "pages", pages, "clientIds", clientIds);
    }

    private static Map<String, ?> input(Object input) {
        return Map.of("input", input);
    }

    private static void printClient(String step, Client client) {
        print(
                step,
                "clientId", client.getClientId(),
                "name", client.getName(),
                "description", client.getDescription(),
                "scopes", client.getScopes(),
                "trustedMetadata", client.getTrustedMetadata(),
                "expiresAt", client.getExpiresAt());
    }

    private static String random() {
        return new BigInteger(200, new SecureRandom()).toString(36);
    }
}
