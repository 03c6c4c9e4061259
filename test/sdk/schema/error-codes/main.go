// Prints what it knows of each code of its arguments.
package main

import (
	"encoding/json"
	"os"

	countersignerrors "error-codes/countersign"
)

type meaning struct {
	Code        countersignerrors.Code `json:"code"`
	Retryable   bool                   `json:"retryable"`
	Description string                 `json:"description"`
	IsKnown     bool                   `json:"isClientNotFound"`
}

func main() {
	meanings := []meaning{}
	for _, argument := range os.Args[1:] {
		code := countersignerrors.Code(argument)
		isKnown := code == countersignerrors.ClientNotFound
		meanings = append(meanings, meaning{code, code.Retryable(), code.Description(), isKnown})
	}
	if err := json.NewEncoder(os.Stdout).Encode(meanings); err != nil {
		panic(err)
	}
}
