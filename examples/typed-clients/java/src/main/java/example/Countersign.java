package example;

import static com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility.ANY;
import static com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility.NONE;
import static com.fasterxml.jackson.annotation.JsonInclude.Include.NON_NULL;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.PropertyAccessor;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;

/** Sends operations with a management key, and tells what fails by its code. */
final class Countersign {
    static final JsonMapper JSON = JsonMapper.builder()
            // The fields of an input are Optional: null is not set and not sent, which changes nothing. What a setter
            // has set to null is an empty Optional, and is sent as null, which clears. Getters do not tell them apart.
            .changeDefaultVisibility(checker -> checker
                    .withVisibility(PropertyAccessor.FIELD, ANY)
                    .withVisibility(PropertyAccessor.GETTER, NONE)
                    .withVisibility(PropertyAccessor.IS_GETTER, NONE))
            .changeDefaultPropertyInclusion(inclusion -> inclusion.withValueInclusion(NON_NULL))
            // A newer server may send values that the generated enums lack.
            .enable(EnumFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL)
            .build();

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final URI endpoint;
    private final String authorization;

    /** @param url that of the server, without {@code /graphql} */
    Countersign(String url, String projectId, String secret) {
        endpoint = URI.create(url + "/graphql");
        var credentials = Base64.getEncoder().encodeToString((projectId + ":" + secret).getBytes(UTF_8));
        authorization = "Basic " + credentials;
    }

    /** What is there although something may have failed; {@code data} is null if all has. */
    record Answer<T>(T data, List<CountersignException> failures) {}

    /**
     * Takes the failure of one field for the failure of all.
     *
     * @return null if there is no such object
     */
    <T> T execute(Operation<T> operation, Map<String, ?> variables)
            throws CountersignException, IOException, InterruptedException {
        var answer = query(operation, variables);
        if (!answer.failures().isEmpty()) throw answer.failures().get(0);
        return answer.data();
    }

    /** For operations of which a part is of use. */
    <T> Answer<T> query(Operation<T> operation, Map<String, ?> variables)
            throws CountersignException, IOException, InterruptedException {
        var body = Map.of(
                "query", operation.document(), "operationName", operation.name(), "variables", variables);
        var request = HttpRequest.newBuilder(endpoint)
                .timeout(Duration.ofSeconds(30))
                .header("authorization", authorization)
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(JSON.writeValueAsString(body)))
                .build();
        var response = http.send(request, BodyHandlers.ofString());
        var retryAfter = response.headers()
                .firstValue("retry-after")
                .filter(seconds -> seconds.matches("\\d{1,9}"))
                .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)))
                .orElse(null);
        var answer = parse(response, retryAfter);
        var failures = answer.path("errors").valueStream()
                .map(error -> new CountersignException(
                        error.path("extensions").path("code").asString(null),
                        error.path("message").asString(),
                        retryAfter))
                .toList();
        var data = answer.path("data").path(operation.field());
        return new Answer<>(data.isMissingNode() ? null : JSON.treeToValue(data, operation.type()), failures);
    }

    /** The server's answers of 400, 429 and 503 are GraphQL as well, and have codes. A gateway's are not. */
    private static JsonNode parse(HttpResponse<String> response, Duration retryAfter) throws CountersignException {
        try {
            var answer = JSON.readTree(response.body());
            if (answer.has("data") || answer.has("errors")) return answer;
        } catch (JacksonException notJson) {
            // the status says it
        }
        throw new CountersignException(null, "The server answers with " + response.statusCode(), retryAfter);
    }
}
