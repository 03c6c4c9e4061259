package example;

import static example.Main.environment;
import static example.Main.print;

import com.nimbusds.jose.proc.BadJOSEException;
import java.text.ParseException;
import java.util.Map;

/** A program that gets a token for an API, and the API that verifies it. */
final class Call {
    static void run() throws Exception {
        var issuer = environment("ISSUER");
        var audience = environment("AUDIENCE");
        var scope = environment("SCOPE");

        var tokenSource = new TokenSource(
                issuer, environment("CLIENT_ID"), environment("CLIENT_SECRET"), audience, scope);
        print("token", Map.of("expiresIn", tokenSource.token().getLifetime()));

        var verifier = new AccessTokenVerifier(issuer, audience);
        var claims = verifier.verify(tokenSource.token().getValue(), scope);
        print("verify", Map.of(
                "clientId", claims.getStringClaim("client_id"),
                "scopes", AccessTokenVerifier.scopes(claims)));

        print("other-token", Map.of("refused", isRefused(verifier, environment("OTHER_TOKEN"), scope)));
        print("session-jwt", Map.of("refused", isRefused(verifier, environment("SESSION_JWT"), scope)));
    }

    private static boolean isRefused(AccessTokenVerifier verifier, String token, String scope) throws Exception {
        try {
            verifier.verify(token, scope);
            return false;
        } catch (ParseException | BadJOSEException refusal) {
            return true;
        }
    }
}
