package example;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.net.MalformedURLException;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** What an API checks of an access token. */
final class AccessTokenVerifier {
    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

    /** @param audience of the API, never the project id */
    AccessTokenVerifier(String issuer, String audience) throws MalformedURLException {
        var jwks = URI.create(issuer.replaceAll("/$", "") + "/.well-known/jwks.json").toURL();
        var limits = new DefaultResourceRetriever(5_000, 5_000, 51_200); // half a second by default
        // Keys are kept for five minutes, and longer if the server does not answer. It is asked at once for an
        // unknown one, though not more than twice in 30 seconds.
        var keys = JWKSourceBuilder.create(jwks, limits)
                .outageTolerant(Duration.ofHours(24).toMillis())
                .build();
        // A session JWT has another one.
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
        // The API's algorithm alone: a token does not choose its own.
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(JWSAlgorithm.RS256, keys));
        processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
                audience, new JWTClaimsSet.Builder().issuer(issuer).build(), Set.of("exp")));
    }

    /**
     * @throws ParseException HTTP status 401, as for BadJOSEException
     * @throws InsufficientScopeException HTTP status 403
     * @throws JOSEException HTTP status 503: the keys cannot be fetched
     */
    JWTClaimsSet verify(String token, String scope)
            throws ParseException, BadJOSEException, JOSEException, InsufficientScopeException {
        var claims = processor.process(token, null);
        if (!scopes(claims).contains(scope)) throw new InsufficientScopeException(scope);
        return claims;
    }

    static final class InsufficientScopeException extends Exception {
        private static final long serialVersionUID = 1;

        InsufficientScopeException(String scope) {
            super("The token lacks " + scope);
        }
    }

    static List<String> scopes(JWTClaimsSet claims) throws ParseException {
        var scope = claims.getStringClaim("scope");
        return scope == null ? List.of() : List.of(scope.split(" "));
    }
}
