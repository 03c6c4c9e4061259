package example;

import static example.Main.environment;
import static example.Main.print;

import com.nimbusds.jose.proc.BadJOSEException;
import java.text.ParseException;

/** A program that gets a token for an API, and the API that verifies it. */
final class Call {
    static void run() throws Exception {
        var issuer = environment("ISSUER");
        var audience = environment("AUDIENCE");
        var scope = environment("SCOPE");

        var tokenSource = new TokenSource(
                issuer, environment("CLIENT_ID"), environment("CLIENT_SECRET"), audience, scope);
        print("token", "expiresIn", tokenSource.token().getLifetime());

        var verifier = new AccessTokenVerifier(issuer, audience);
        var claims = verifier.verify(tokenSource.token().getValue(), scope);
        var clientId = claims.getStringClaim("client_id");
        print("verify", "clientId", clientId, "scopes", AccessTokenVerifier.scopes(claims));

        printRefusal("other-token", verifier, System.getenv("OTHER_TOKEN"), scope);
        printRefusal("session-jwt", verifier, System.getenv("SESSION_JWT"), scope);
    }

    private static void printRefusal(String step, AccessTokenVerifier verifier, String token, String scope)
            throws Exception {
        if (token == null) return;
        try {
            verifier.verify(token, scope);
            print(step, "refused", false);
        } catch (ParseException | BadJOSEException refusal) {
            print(step, "refused", true);
        }
    }
}
