// Reads a GraphQL schema from standard input and fails on errors.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

func main() {
	sdl, err := io.ReadAll(os.Stdin)
	if err == nil {
		_, err = gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(sdl)})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
