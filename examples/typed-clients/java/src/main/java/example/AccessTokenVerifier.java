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
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.net.MalformedURLException;
import java.net.URI;
import java.text.ParseException;
import java.util.List;
import java.util.Set;

/** What an API checks of an access token. */
final class AccessTokenVerifier {
    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

    /** @param audience of the API, never the project id */
    AccessTokenVerifier(String issuer, String audience) throws MalformedURLException {
        var jwks = URI.create(issuer.replaceAll("/$", "") + "/.well-known/jwks.json").toURL();
        var limits = new DefaultResourceRetriever(5_000, 5_000, 51_200); // half a second by default
        // It keeps keys for five minutes, and asks again for an unknown one, but not more than twice in 30 seconds.
        var keys = JWKSourceBuilder.create(jwks, limits).build();
        // Session JWTs have another one.
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
        // The API's algorithm alone: a token does not choose its own.
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(JWSAlgorithm.RS256, keys));
        processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
                audience, new JWTClaimsSet.Builder().issuer(issuer).build(), Set.of("exp")));
    }

    JWTClaimsSet verify(String token, String scope) throws BadJOSEException, JOSEException, ParseException {
        var claims = processor.process(token, null);
        if (!scopes(claims).contains(scope)) throw new BadJWTException("The token lacks " + scope);
        return claims;
    }

    static List<String> scopes(JWTClaimsSet claims) throws ParseException {
        var scope = claims.getStringClaim("scope");
        return scope == null ? List.of() : List.of(scope.split(" "));
    }
}
