package example;

import countersign.CountersignErrors;
import java.time.Duration;
import java.util.Optional;

final class CountersignException extends Exception {
    private static final long serialVersionUID = 1;

    private final String code;
    private final Duration retryAfter;

    CountersignException(String code, String message, Duration retryAfter) {
        super(code == null ? message : code + ": " + message);
        this.code = code;
        this.retryAfter = retryAfter;
    }

    /** One of {@link CountersignErrors}, one of a newer server, or null if something else has answered. */
    String code() {
        return code;
    }

    /** Whether the same request may succeed later. */
    boolean isRetryable() {
        return code != null && CountersignErrors.isRetryable(code);
    }

    Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
