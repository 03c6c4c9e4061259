import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.JSONArrayUtils;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.ConfigurableJWTProcessor;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.net.MalformedURLException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads verifiers with tokens from standard input. Prints for each token null, or why it is refused. */
final class VerifyTokens {
    static ConfigurableJWTProcessor<SecurityContext> verifier(
            String issuer, String audience, String typ, String algorithm) throws MalformedURLException {
        var jwks = URI.create(issuer.replaceAll("/$", "") + "/.well-known/jwks.json").toURL();
        var timeouts = new DefaultResourceRetriever(5000, 5000); // half a second by default
        var keys = JWKSourceBuilder.create(jwks, timeouts).build();
        var processor = new DefaultJWTProcessor<>();
        // "at+jwt" of the profile RFC9068, else "JWT"
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType(typ)));
        // "RS256"
        processor.setJWSKeySelector(
                new JWSVerificationKeySelector<>(JWSAlgorithm.parse(algorithm), keys));
        // the audience of your API, never the project id
        processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
                audience, new JWTClaimsSet.Builder().issuer(issuer).build(), Set.of("exp")));
        return processor;
    }

    private static List<String> refusals(Map<String, Object> verification) throws Exception {
        var verifier = verifier(
                (String) verification.get("issuer"),
                (String) verification.get("audience"),
                (String) verification.get("typ"),
                (String) verification.get("algorithm"));
        var refusals = new ArrayList<String>();
        for (var token : JSONObjectUtils.getStringList(verification, "tokens")) {
            try {
                verifier.process(token, null);
                refusals.add(null);
            } catch (Exception refusal) {
                refusals.add(String.valueOf(refusal));
            }
        }
        return refusals;
    }

    public static void main(String[] args) throws Exception {
        var input = "{\"all\":" + new String(System.in.readAllBytes(), UTF_8) + "}";
        var answer = new ArrayList<>();
        for (var verification : JSONObjectUtils.getJSONObjectArray(JSONObjectUtils.parse(input), "all")) {
            answer.add(refusals(verification));
        }
        System.out.println(JSONArrayUtils.toJSONString(answer));
    }
}
