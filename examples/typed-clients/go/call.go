package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// call gets a token, as a program does that calls an API, and verifies tokens, as the API does.
func call(ctx context.Context) error {
	// Both libraries use it. Without a limit they wait for ever.
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Timeout: 10 * time.Second})
	audience, scope := os.Getenv("AUDIENCE"), os.Getenv("SCOPE")
	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER")) // to the letter, slash at the end included
	if err != nil {
		return err
	}

	source := tokenSource(ctx, provider.Endpoint().TokenURL, audience)
	var token *oauth2.Token
	for range 2 { // one request: the source keeps the token until shortly before its end
		if token, err = source.Token(); err != nil {
			return err
		}
	}
	report("token", fields{"expiresIn": int(time.Until(token.Expiry).Seconds())})

	verifier := provider.Verifier(&oidc.Config{
		ClientID:             audience, // of your API, never the project id
		SupportedSigningAlgs: []string{oidc.RS256},
	})
	claims, err := verifyAccessToken(ctx, verifier, token.AccessToken, scope)
	if err != nil {
		return err
	}
	report("verify", fields{"clientId": claims.ClientID, "scopes": strings.Fields(claims.Scope)})

	if _, err := verifyAccessToken(ctx, verifier, os.Getenv("OTHER_TOKEN"), scope); err == nil {
		return errors.New("a token for another audience is accepted")
	}
	report("other-token", fields{"refused": true})
	if _, err := verifyAccessToken(ctx, verifier, os.Getenv("SESSION_JWT"), scope); err == nil {
		return errors.New("a session is accepted")
	}
	report("session-jwt", fields{"refused": true})
	return nil
}

// tokenSource asks as the client of the environment. oauth2.NewClient makes an http.Client that sends its tokens.
func tokenSource(ctx context.Context, tokenURL, audience string) oauth2.TokenSource {
	config := clientcredentials.Config{
		ClientID:       os.Getenv("CLIENT_ID"),
		ClientSecret:   os.Getenv("CLIENT_SECRET"),
		TokenURL:       tokenURL,
		EndpointParams: url.Values{"audience": {audience}},
		AuthStyle:      oauth2.AuthStyleInHeader, // by default it finds out by failing
	}
	return config.TokenSource(ctx)
}

type accessToken struct {
	ClientID string `json:"client_id"`
	Scope    string `json:"scope"`
}

func verifyAccessToken(
	ctx context.Context, verifier *oidc.IDTokenVerifier, token, scope string,
) (*accessToken, error) {
	verified, err := verifier.Verify(ctx, token)
	if err != nil {
		return nil, err
	}
	// go-oidc ignores typ: at+jwt with the token profile RFC9068, JWT with the others, session+jwt for a session.
	jws, err := jose.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, err
	}
	if typ := jws.Signatures[0].Protected.ExtraHeaders[jose.HeaderType]; typ != "at+jwt" {
		return nil, fmt.Errorf("the type is %v", typ)
	}
	var claims accessToken
	if err := verified.Claims(&claims); err != nil {
		return nil, err
	}
	if !slices.Contains(strings.Fields(claims.Scope), scope) {
		return nil, fmt.Errorf("the scope %s is missing", scope)
	}
	return &claims, nil
}
