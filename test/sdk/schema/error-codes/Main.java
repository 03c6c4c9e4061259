import countersign.CountersignErrors;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Prints what it knows of each code of its arguments. */
public class Main {
    public static void main(String[] codes) {
        System.out.println(
            Arrays.stream(codes).map(Main::meaning).collect(Collectors.joining(",", "[", "]")));
    }

    private static String meaning(String code) {
        String description = CountersignErrors.describe(code).orElse("").replace("\"", "\\\"");
        boolean isClientNotFound = switch (code) {
            case CountersignErrors.CLIENT_NOT_FOUND -> true;
            default -> false;
        };
        return String.format(
            "{\"code\":\"%s\",\"retryable\":%b,\"description\":\"%s\",\"isClientNotFound\":%b}",
            code, CountersignErrors.isRetryable(code), description, isClientNotFound);
    }
}
