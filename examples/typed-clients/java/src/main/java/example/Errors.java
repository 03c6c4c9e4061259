package example;

import static example.Main.environment;
import static example.Main.print;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a client meets sooner or later: a newer server, a missing permission, a mistake, a limit, an outage. */
final class Errors {
    static void run() throws Exception {
        var variables = Map.of("clientId", environment("FAULTS_CLIENT_ID"));

        var newer = faulty("newer").execute(Operation.GET_CLIENT, variables);
        // Enums grow: a value that the generated one lacks is null.
        var status = newer.getStatus() == null ? "unknown" : newer.getStatus().name();
        print("newer", Map.of("clientId", newer.getClientId(), "status", status));

        var answer = faulty("forbidden").query(Operation.GET_CLIENT_EVENTS, variables);
        for (var failure : answer.failures()) {
            if (answer.data().getEvents() != null) throw new IllegalStateException("The events are there");
            var line = describe(failure);
            line.put("clientId", answer.data().getClientId());
            print("forbidden", line);
        }

        for (var fault : List.of("bad-request", "rate-limited", "unavailable")) {
            try {
                faulty(fault).execute(Operation.GET_CLIENT, variables);
                throw new IllegalStateException(fault + " has not failed");
            } catch (CountersignException failure) {
                print(fault, describe(failure));
            }
        }
    }

    private static Countersign faulty(String fault) {
        return Main.countersign(environment("COUNTERSIGN_FAULTS_URL") + "/" + fault);
    }

    private static Map<String, Object> describe(CountersignException failure) {
        var line = new LinkedHashMap<String, Object>();
        line.put("code", failure.code());
        line.put("retryable", failure.isRetryable());
        failure.retryAfter().ifPresent(after -> line.put("retryAfterSeconds", after.toSeconds()));
        return line;
    }
}
