// Typed calls of Countersign's API with genqlient; tokens with x/oauth2 and their verification with go-oidc.
package main

//go:generate mkdir -p countersignerrors
//go:generate cp ../../../sdk/schema/error-codes/countersign_errors.go countersignerrors
//go:generate go tool genqlient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/Khan/genqlient/graphql"
)

func main() {
	command := ""
	if len(os.Args) > 1 {
		command = os.Args[1]
	}
	if err := run(context.Background(), command); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, command string) error {
	switch command {
	case "manage":
		return manage(ctx, newAPI(os.Getenv("COUNTERSIGN_URL")+"/graphql"))
	case "errors":
		return showErrors(ctx, os.Getenv("COUNTERSIGN_FAULTS_URL"))
	case "call":
		return call(ctx)
	}
	return errors.New("usage: go run . manage|errors|call")
}

// newAPI makes a client that calls with the management key of the environment.
func newAPI(url string) graphql.Client {
	return graphql.NewClient(url, &http.Client{
		Timeout: 30 * time.Second,
		Transport: managementKey{
			projectID: os.Getenv("COUNTERSIGN_PROJECT_ID"),
			secret:    os.Getenv("COUNTERSIGN_SECRET"),
		},
	})
}

type managementKey struct{ projectID, secret string }

func (key managementKey) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.SetBasicAuth(key.projectID, key.secret)
	return http.DefaultTransport.RoundTrip(request)
}

type fields map[string]any

// report prints one line of JSON.
func report(step string, fields fields) {
	fields["step"] = step
	_ = json.NewEncoder(os.Stdout).Encode(fields)
}
