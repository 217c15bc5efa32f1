package deploy

import (
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// TestDockerfile reads the Dockerfile as BuildKit does, with its linter.
func TestDockerfile(t *testing.T) {
	result, err := parser.Parse(strings.NewReader(read(t, "Dockerfile")))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range result.Warnings {
		t.Error(w.Short)
	}
	warn := func(rule, description, url, message string, _ []parser.Range) {
		t.Errorf("%s: %s", rule, message)
	}
	stages, _, err := instructions.Parse(result.AST, linter.New(&linter.Config{Warn: warn}))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, s := range stages {
		for _, c := range s.Commands {
			if c, ok := c.(*instructions.CopyCommand); ok && c.From != "" && !names[c.From] {
				t.Errorf("COPY --from=%s: no such stage", c.From)
			}
		}
		names[s.Name] = true
	}
	if len(stages) != 2 {
		t.Errorf("%d stages", len(stages))
	}
}
