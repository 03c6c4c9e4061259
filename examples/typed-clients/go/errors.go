package main

import (
	"context"
	"errors"
	"os"

	"github.com/Khan/genqlient/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"example.com/countersign-typed-client/countersign"
	"example.com/countersign-typed-client/countersignerrors"
)

// showErrors reports what the typed client makes of the faults of a server.
func showErrors(ctx context.Context, faultsURL string) error {
	apiWith := func(fault string) graphql.Client { return newAPI(faultsURL + "/" + fault + "/graphql") }
	clientID := os.Getenv("FAULTS_CLIENT_ID")

	answer, err := countersign.GetClient(ctx, apiWith("newer"), clientID)
	if err != nil {
		return err
	}
	report("newer", fields{
		"clientId": answer.Client.ClientId,
		"status":   describeStatus(answer.Client.Status),
	})

	// Data and error come together: what the caller may not read is nil, and the rest is there.
	partial, err := countersign.GetClientWithEvents(ctx, apiWith("forbidden"), clientID)
	if len(graphqlErrors(err)) == 0 || partial.Client == nil || partial.Client.Events != nil {
		return errors.Join(errors.New("not the answer of a partial failure"), err)
	}
	reportError("forbidden", err, fields{"clientId": partial.Client.ClientId})

	for _, fault := range []string{"bad-request", "rate-limited", "unavailable"} {
		_, err := countersign.GetClient(ctx, apiWith(fault), clientID)
		if len(graphqlErrors(err)) == 0 {
			return errors.Join(errors.New("no GraphQL error"), err)
		}
		reportError(fault, err, fields{})
	}
	return nil
}

// describeStatus has a default, because an enum is a string in Go, and a newer server has more values.
func describeStatus(status countersign.ClientStatus) string {
	switch status {
	case countersign.ClientStatusActive:
		return "active"
	case countersign.ClientStatusInactive:
		return "inactive"
	default:
		return "unknown"
	}
}

// graphqlErrors finds the errors of an answer. With status 400, 429 and 503 they are in the HTTPError.
func graphqlErrors(err error) gqlerror.List {
	var httpError *graphql.HTTPError
	if errors.As(err, &httpError) {
		return httpError.Response.Errors
	}
	var list gqlerror.List
	errors.As(err, &list)
	return list
}

func reportError(step string, err error, fields fields) {
	extensions := graphqlErrors(err)[0].Extensions
	text, _ := extensions["code"].(string) // absent if a gateway has answered
	code := countersignerrors.Code(text)
	fields["code"], fields["retryable"] = code, code.Retryable()
	switch code {
	case countersignerrors.RateLimited, countersignerrors.ServiceUnavailable:
		// as the header Retry-After, which genqlient does not hand out
		fields["retryAfterSeconds"] = extensions["retryAfterSeconds"]
	}
	report(step, fields)
}
