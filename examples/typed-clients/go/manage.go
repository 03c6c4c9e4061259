package main

import (
	"context"
	"crypto/rand"
	"os"
	"time"

	"github.com/Khan/genqlient/graphql"

	"example.com/countersign-typed-client/countersign"
)

// manage takes a client through its life. Every error returns at once: what follows one can be nil.
func manage(ctx context.Context, api graphql.Client) error {
	clientID, secret, err := create(ctx, api)
	if err != nil {
		return err
	}
	if err := importClient(ctx, api); err != nil {
		return err
	}
	token, err := issue(ctx, api, clientID, secret)
	if err != nil {
		return err
	}
	report("issue", fields{"scope": token.Scope, "expiresIn": token.ExpiresIn})
	if err := verify(ctx, api, token.AccessToken); err != nil {
		return err
	}
	if err := rotate(ctx, api, clientID); err != nil {
		return err
	}
	if err := page(ctx, api); err != nil {
		return err
	}
	if profileID, token := os.Getenv("PROFILE_ID"), os.Getenv("TRUSTED_AUTH_TOKEN"); profileID != "" && token != "" {
		if err := attest(ctx, api, profileID, token); err != nil {
			return err
		}
	}
	return update(ctx, api, clientID)
}

func create(ctx context.Context, api graphql.Client) (clientID, secret string, err error) {
	created, err := countersign.CreateClient(ctx, api, countersign.CreateClientInput{
		Name:            new("Reports"),
		Description:     new("Writes the monthly reports"),
		Scopes:          []string{"read:reports"},
		TrustedMetadata: &map[string]any{"plan": "pro", "seats": 3},
		ExpiresAt:       new(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)),
		IdempotencyKey:  new(rand.Text()), // so that the call may be repeated after a failure
	})
	if err != nil {
		return "", "", err
	}
	clientID = created.CreateClient.Client.ClientId
	report("create", fields{"clientId": clientID})
	return clientID, *created.CreateClient.ClientSecret, nil
}

// importClient keeps the id and the secret that a program elsewhere has already.
func importClient(ctx context.Context, api graphql.Client) error {
	imported, err := countersign.ImportClient(ctx, api, countersign.ImportClientInput{
		ClientId:     "billing-" + rand.Text(),
		ClientSecret: new(rand.Text()),
		Name:         new("Billing"),
		Scopes:       []string{"read:invoices"},
	})
	if err != nil {
		return err
	}
	report("import", fields{"clientId": imported.ImportClient.Client.ClientId})
	return nil
}

// issue passes credentials in variables: texts of operations are logged and cached.
func issue(
	ctx context.Context, api graphql.Client, clientID, secret string,
) (*countersign.IssueTokenIssueTokenIssueTokenPayload, error) {
	issued, err := countersign.IssueToken(ctx, api, countersign.IssueTokenInput{
		ClientId:     clientID,
		ClientSecret: secret,
	})
	if err != nil {
		return nil, err
	}
	return issued.IssueToken, nil
}

func verify(ctx context.Context, api graphql.Client, token string) error {
	verified, err := countersign.VerifyToken(ctx, api, countersign.VerifyTokenInput{
		AccessToken:    token,
		RequiredScopes: []string{"read:reports"},
	})
	if err != nil {
		return err
	}
	claims := verified.VerifyToken.Token
	report("verify", fields{"clientId": claims.ClientId, "scopes": claims.Scopes})
	return nil
}

// rotate replaces the secret. Both are valid until the rotation is completed.
func rotate(ctx context.Context, api graphql.Client, clientID string) error {
	started, err := countersign.StartSecretRotation(ctx, api, countersign.StartSecretRotationInput{
		ClientId: clientID,
	})
	if err != nil {
		return err
	}
	token, err := issue(ctx, api, clientID, *started.StartSecretRotation.NextClientSecret)
	if err != nil {
		return err
	}
	_, err = countersign.CompleteSecretRotation(ctx, api, countersign.CompleteSecretRotationInput{
		ClientId: clientID,
	})
	if err != nil {
		return err
	}
	report("rotate", fields{"clientId": clientID, "scope": token.Scope, "expiresIn": token.ExpiresIn})
	return nil
}

// page reads all clients, two a page.
func page(ctx context.Context, api graphql.Client) error {
	var clientIDs []string
	var after *string
	for pages := 1; ; pages++ {
		answer, err := countersign.ListClients(ctx, api, nil, nil, new(2), after, nil, nil)
		if err != nil {
			return err
		}
		for _, client := range answer.Clients.Nodes {
			clientIDs = append(clientIDs, client.ClientId)
		}
		if !answer.Clients.PageInfo.HasNextPage {
			report("page", fields{"pages": pages, "clientIds": clientIDs})
			return nil
		}
		after = answer.Clients.PageInfo.EndCursor
	}
}

// attest exchanges the JWT of another issuer for a session.
func attest(ctx context.Context, api graphql.Client, profileID, token string) error {
	attested, err := countersign.AttestSession(ctx, api, countersign.AttestSessionInput{
		ProfileId: profileID,
		Token:     token,
	})
	if err != nil {
		return err
	}
	member := attested.AttestSession.Member
	report("attest", fields{"memberId": member.MemberId, "emailAddress": member.EmailAddress})
	return nil
}

// update changes the name and nothing else, then clears the description and nothing else: see operations.graphql.
func update(ctx context.Context, api graphql.Client, clientID string) error {
	renamed, err := countersign.RenameClient(ctx, api, clientID, "Monthly reports")
	if err != nil {
		return err
	}
	reportClient("rename", renamed.UpdateClient.Client.ClientFields)
	cleared, err := countersign.ClearClientDescription(ctx, api, clientID)
	if err != nil {
		return err
	}
	reportClient("clear", cleared.UpdateClient.Client.ClientFields)
	return nil
}

func reportClient(step string, client countersign.ClientFields) {
	report(step, fields{
		"clientId":        client.ClientId,
		"name":            client.Name,
		"description":     client.Description,
		"scopes":          client.Scopes,
		"trustedMetadata": client.TrustedMetadata,
		"expiresAt":       client.ExpiresAt,
	})
}
