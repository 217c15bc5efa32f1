// Package deploy holds tests alone, of the files beside it and the Dockerfile:
// what needs no tool's library. .ci/deploy has the rest.
package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestDockerfile checks that what the Dockerfile copies exists and that its
// build step is one that this repository's build is.
func TestDockerfile(t *testing.T) {
	text, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		f := strings.Fields(line)
		if len(f) < 3 || f[0] != "COPY" || strings.HasPrefix(f[1], "--from") {
			continue
		}
		for _, path := range f[1 : len(f)-1] {
			if found, err := filepath.Glob("../" + path); err != nil || len(found) == 0 {
				t.Errorf("%s: %s does not exist", line, path)
			}
		}
	}
	for _, want := range []string{"CGO_ENABLED=1", "USER 65532", "HEALTHCHECK", `"serve"`, "-X main.version"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("no %s", want)
		}
	}
	// Each Go package that the program is made of is copied.
	list := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range strings.Fields(string(out)) {
		dir, own := strings.CutPrefix(pkg, "github.com/flowgres/flowgres/")
		if top, _, _ := strings.Cut(dir, "/"); own && !bytes.Contains(text, []byte("COPY "+top+" ")) {
			t.Errorf("package %s is not copied", dir)
		}
	}
}

// TestYAML parses every YAML file here, Helm's templates apart.
func TestYAML(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yaml") || strings.Contains(path, "templates") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		dec := yaml.NewDecoder(f)
		for {
			var doc map[string]any
			if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				t.Errorf("%s: %v", path, err)
				return nil
			}
			if strings.Contains(path, "kubernetes") && (doc["apiVersion"] == nil || doc["kind"] == nil) {
				t.Errorf("%s: a document without apiVersion or kind", path)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPolicies checks that the read policy cannot write.
func TestPolicies(t *testing.T) {
	actions := func(path string) (out []string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var p struct{ Statement []struct{ Action any } }
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		for _, s := range p.Statement {
			switch a := s.Action.(type) {
			case string:
				out = append(out, a)
			case []any:
				for _, x := range a {
					out = append(out, x.(string))
				}
			}
		}
		return out
	}
	if got := actions("terraform/policy-read.json"); !slices.Equal(got, []string{"ec2:DescribeFlowLogs", "ec2:DescribeRegions"}) {
		t.Error(got)
	}
	for _, want := range []string{"ec2:DescribeFlowLogs", "ec2:CreateFlowLogs", "ec2:DeleteFlowLogs", "ec2:CreateTags", "ec2:DeleteTags", "iam:PassRole"} {
		if !slices.Contains(actions("terraform/policy-write.json"), want) {
			t.Error("the write policy lacks " + want)
		}
	}
}

// TestUnits lets systemd read the units, with this test's program in place of
// the installed one.
func TestUnits(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("no systemd-analyze")
	}
	dir := t.TempDir()
	for _, name := range []string{"flowgres.service", "flowgres.socket"} {
		text, err := os.ReadFile("systemd/" + name)
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte("/usr/bin/flowgres"), []byte("/bin/true"))
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("systemd-analyze", "verify", filepath.Join(dir, "flowgres.service"), filepath.Join(dir, "flowgres.socket")).CombinedOutput()
	for _, line := range strings.Split(string(out), "\n") {
		if strings.Contains(line, dir) || strings.HasPrefix(line, "flowgres.") {
			t.Error(line)
		}
	}
	if err != nil && len(out) == 0 {
		t.Error(err)
	}
}
