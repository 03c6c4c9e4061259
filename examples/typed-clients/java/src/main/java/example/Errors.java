package example;

import static example.Main.environment;
import static example.Main.print;

import countersign.CountersignErrors;
import java.util.List;
import java.util.Map;

/** What a client meets sooner or later: a newer server, a missing permission, a mistake, a limit, an outage. */
final class Errors {
    static void run() throws Exception {
        var variables = Map.of("clientId", environment("FAULTS_CLIENT_ID"));

        var newer = faulty("newer").execute(Operation.GET_CLIENT, variables);
        // Enums grow: a value that the generated one lacks is null.
        var status = newer.getStatus() == null ? "unknown" : newer.getStatus().name();
        print("newer", "clientId", newer.getClientId(), "status", status);

        var answer = faulty("forbidden").query(Operation.GET_CLIENT_EVENTS, variables);
        for (var failure : answer.failures()) {
            if (!CountersignErrors.FORBIDDEN.equals(failure.code())) throw failure;
            print(
                    "forbidden",
                    "clientId", answer.data().getClientId(),
                    "code", failure.code(),
                    "retryable", failure.isRetryable());
        }

        for (var fault : List.of("bad-request", "rate-limited", "unavailable")) {
            try {
                faulty(fault).execute(Operation.GET_CLIENT, variables);
                throw new IllegalStateException(fault + " has not failed");
            } catch (CountersignException failure) {
                printFailure(fault, failure);
            }
        }
    }

    private static Countersign faulty(String fault) {
        return Main.countersign(environment("COUNTERSIGN_FAULTS_URL") + "/" + fault);
    }

    private static void printFailure(String step, CountersignException failure) {
        var code = failure.code();
        var retryable = failure.isRetryable();
        failure.retryAfter().ifPresentOrElse(
                after -> print(
                        step, "code", code, "retryable", retryable, "retryAfterSeconds", after.toSeconds()),
                () -> print(step, "code", code, "retryable", retryable));
    }
}
