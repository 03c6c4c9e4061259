// Reads verifiers with tokens from standard input. Prints for each token null, or why it is refused.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/coreos/go-oidc/v3/oidc"
)

func newVerifier(ctx context.Context, issuer, audience, algorithm string) (*oidc.IDTokenVerifier, error) {
	provider, err := oidc.NewProvider(ctx, issuer) // compares the issuer exactly, slash included
	if err != nil {
		return nil, err
	}
	return provider.Verifier(&oidc.Config{
		ClientID:             audience,            // of your API, never the project id
		SupportedSigningAlgs: []string{algorithm}, // oidc.RS256
	}), nil
}

type verification struct {
	Issuer, Audience, Algorithm string
	Tokens                      []string
}

func verify(ctx context.Context, v verification) ([]*string, error) {
	verifier, err := newVerifier(ctx, v.Issuer, v.Audience, v.Algorithm)
	if err != nil {
		return nil, err
	}
	refusals := make([]*string, len(v.Tokens))
	for i, token := range v.Tokens {
		if _, err := verifier.Verify(ctx, token); err != nil {
			reason := err.Error()
			refusals[i] = &reason
		}
	}
	return refusals, nil
}

func main() {
	ctx := context.Background()
	var verifications []verification
	err := json.NewDecoder(os.Stdin).Decode(&verifications)
	answer := make([][]*string, len(verifications))
	for i, v := range verifications {
		if err == nil {
			answer[i], err = verify(ctx, v)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(answer)
}
