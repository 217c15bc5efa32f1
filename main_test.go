package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/flowgres/flowgres/"

// mayImport lists, for each of our packages, which others it may see: the
// one-way order of the design. Tests may look around more freely.
var mayImport = map[string][]string{
	"planner/pgerr":                {},
	"planner/adt":                  {"planner/pgerr"},
	"planner/adt/tsearch/snowball": {},
	"planner/adt/tsearch":          {"planner/pgerr", "planner/adt", "planner/adt/tsearch/snowball"},
	"planner/fdw":                  {"planner/pgerr", "planner/adt"},
	"planner/nodes":                {"planner/pgerr", "planner/adt", "planner/fdw"},
	"planner/guc":                  {"planner/pgerr", "planner/adt"},
	"planner/catalog":              {"planner/pgerr", "planner/adt", "planner/adt/tsearch", "planner/fdw", "planner/nodes"},
	"planner/analyze":              {"planner/pgerr", "planner/adt", "planner/fdw", "planner/nodes", "planner/guc", "planner/catalog"},
	"planner/plan":                 {"planner/pgerr", "planner/adt", "planner/fdw", "planner/nodes", "planner/catalog", "planner/analyze"},
	"planner/exec":                 {"planner/pgerr", "planner/adt", "planner/fdw", "planner/nodes", "planner/catalog", "planner/analyze", "planner/plan"},
	"ec2backend":                   {"planner/pgerr", "planner/adt", "planner/fdw"},
	"ec2backend/emulator":          {},
	"planner": {
		"planner/pgerr", "planner/adt", "planner/fdw", "planner/nodes", "planner/guc",
		"planner/catalog", "planner/analyze", "planner/plan", "planner/exec",
	},
	"server":                  {"planner", "planner/pgerr", "planner/adt", "planner/guc", "server/callerid"},
	"server/callerid":         {},
	"server/client":           {},
	"server/config":           {"planner", "planner/fdw", "planner/guc", "ec2backend", "server"},
	"server/tlscert":          {"server"},
	"server/tlscert/certtest": {},
	"server/observe":          {"planner/pgerr", "planner/guc", "ec2backend", "server"},
	"server/demo":             {"planner/guc", "ec2backend", "ec2backend/emulator", "server/config"},
	"server/daemon": {
		"planner", "planner/adt", "planner/guc", "ec2backend", "server",
		"server/callerid", "server/config", "server/tlscert", "server/observe",
	},
	"server/command": {"planner/pgerr", "planner/guc", "ec2backend", "server", "server/callerid", "server/client", "server/config", "server/daemon", "server/demo"},
	"":               {"server/command"},
}

// homes tells the only package, or the two, that may import a third-party module.
var homes = map[string]string{
	"github.com/jackc/pgproto3":        "server",
	"github.com/pganalyze/pg_query_go": "planner/analyze",
	"github.com/aws/":                  "ec2backend",
	"github.com/xdg-go/scram":          "server",
	"github.com/testcontainers/":       "ec2backend",
	"github.com/spf13/":                "server/command",
	"github.com/prometheus/":           "server/observe",
	"github.com/coreos/go-systemd":     "server/daemon",
	"go.opentelemetry.io/":             "server/observe",
	"github.com/KimMachineGun/":        "server/daemon",
	"github.com/jackc/pgx":             "server/client",
	"go.yaml.in/":                      "server/config",
	"google.golang.org/protobuf":       "planner/analyze server/observe",
	"github.com/cockroachdb/apd":       "planner/adt",
}

// TestImports fails when a package imports against the one-way order, or a
// third-party module away from its home.
func TestImports(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		// Programs of go generate are no part of the server.
		if f.Name.Name == "main" && filepath.Dir(path) != "." {
			return nil
		}
		pkg := filepath.ToSlash(filepath.Dir(path))
		if pkg == "." {
			pkg = ""
		}
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if own, ok := strings.CutPrefix(name, module); ok {
				allowed, known := mayImport[pkg]
				if !known {
					t.Errorf("package %s is not in the design's order", pkg)
				}
				if !slices.Contains(allowed, own) {
					t.Errorf("%s: %s may not import %s", path, pkg, own)
				}
				continue
			}
			for prefix, home := range homes {
				lives := func(home string) bool { return pkg == home || strings.HasPrefix(pkg, home+"/") }
				if strings.HasPrefix(name, prefix) && !lives(home) && !slices.ContainsFunc(strings.Fields(home), lives) {
					t.Errorf("%s: %s belongs in %q alone", path, name, home)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTopLevel fails when something lies at the top that the design has no
// place for.
func TestTopLevel(t *testing.T) {
	known := []string{"server", "planner", "ec2backend", "deploy", "go.mod", "go.sum", "Dockerfile", "README.md", "LICENSE", "main.go", "main_test.go"}
	list, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		name := e.Name()
		if strings.HasPrefix(name, ".") || slices.Contains(known, name) {
			continue
		}
		t.Errorf("%s at the top level: the design has no place for it", name)
	}
}

// TestMap holds a package with many files to a map of them in its package comment:
// below "Where to look for what:" a list names each file. One named a_b belongs to
// the family of a.
func TestMap(t *testing.T) {
	const many = 20
	for pkg := range mayImport {
		if pkg == "" {
			continue
		}
		names, text := families(t, pkg)
		_, list, ok := strings.Cut(text, "Where to look for what:\n")
		if !ok {
			if len(names) > many {
				t.Errorf("the package comment of %s has no map of its %d files", pkg, len(names))
			}
			continue
		}
		if i := strings.Index(list, "\n\n"); i >= 0 && strings.TrimSpace(list[:i]) == "" {
			list = list[i+2:]
		}
		list, _, _ = strings.Cut(strings.TrimPrefix(list, "\n"), "\n\n")
		named := regexp.MustCompile(`[a-z]+[0-9]*`).FindAllString(list, -1)
		for _, n := range names {
			if !slices.Contains(named, n) {
				t.Errorf("the package comment of %s does not name %s", pkg, n)
			}
		}
	}
}

// families gives the names of a package's files without their tests, those of a
// family once, and its package comment.
func families(t *testing.T, dir string) (names []string, comment string) {
	files, err := filepath.Glob(filepath.Join(filepath.FromSlash(dir), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".go")
		if strings.HasSuffix(name, "_test") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if f.Doc != nil {
			comment = f.Doc.Text()
		}
		if family, _, _ := strings.Cut(name, "_"); !slices.Contains(names, family) && family != "doc" {
			names = append(names, family)
		}
	}
	return names, comment
}
