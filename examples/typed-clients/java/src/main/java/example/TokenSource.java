package example;

import com.nimbusds.oauth2.sdk.ClientCredentialsGrant;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;

/** Access tokens for an API, by the client credentials grant. */
final class TokenSource {
    private final TokenRequest request;
    private AccessToken cached;
    private Instant renewAt = Instant.MIN;

    TokenSource(String issuer, String clientId, String clientSecret, String audience, String scope) {
        var endpoint = URI.create(issuer.replaceAll("/$", "") + "/oauth/token");
        var authentication = new ClientSecretBasic(new ClientID(clientId), new Secret(clientSecret));
        request = new TokenRequest.Builder(endpoint, authentication, new ClientCredentialsGrant())
                .scope(Scope.parse(scope))
                .customParameter("audience", audience)
                .build();
    }

    /** Nimbus asks each time. Callers at once wait here for one request. */
    synchronized AccessToken token() throws GeneralException, IOException {
        var now = Instant.now();
        if (now.isBefore(renewAt)) return cached;
        var http = request.toHTTPRequest();
        http.setConnectTimeout(5_000); // without limits it waits for ever
        http.setReadTimeout(30_000);
        http.setFollowRedirects(false); // they would take the secret along
        var response = TokenResponse.parse(http.send());
        if (!response.indicatesSuccess()) {
            var error = response.toErrorResponse().getErrorObject();
            throw new GeneralException(error.getDescription(), error);
        }
        cached = response.toSuccessResponse().getTokens().getAccessToken();
        var lifetime = Duration.ofSeconds(cached.getLifetime());
        // a minute before its end, or a tenth of a short life
        var margin = Math.min(60, lifetime.toSeconds() / 10);
        renewAt = now.plus(lifetime).minusSeconds(margin);
        return cached;
    }
}
