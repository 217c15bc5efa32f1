package deploy

import (
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// top is the repository's top directory, seen from this package.
const top = "../.."

// read gives the text of a file, by its path from the repository's top.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// files gives the files that a pattern names, from the repository's top. There
// must be some.
func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(top, pattern))
	if err != nil || len(found) == 0 {
		t.Fatal(pattern, found, err)
	}
	return found
}

// program is the flowgres program that FLOWGRES_PROGRAM names, else one that
// is built from the tree.
var program string

func TestMain(m *testing.M) {
	program = os.Getenv("FLOWGRES_PROGRAM")
	if program != "" {
		os.Exit(m.Run())
	}
	dir, err := os.MkdirTemp("", "flowgres")
	if err != nil {
		log.Fatal(err)
	}
	program = filepath.Join(dir, "flowgres")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = top
	if out, err := build.CombinedOutput(); err != nil {
		log.Fatalf("%v\n%s", err, out)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// verifier is a SCRAM verifier, as the deployments' secrets hold.
const verifier = "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$ZE8FS8HgRqMBDjnS8ggTfm+9Sxq0ZqwYQpIT9w8oScM=:CJ0Hr7nqZcBsVoNsAiBxBr1ZwDmzhZnFfCwUXZNu6lM="

// checkConfig lets flowgres read a configuration: the files of a directory, of
// which flowgres.yaml is the one to start from, beside a certificate. What they
// name under one of the mounts is looked for in that directory.
func checkConfig(t *testing.T, texts map[string]string, mounts ...string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		for _, m := range mounts {
			text = strings.ReplaceAll(text, m+"/", dir+"/")
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	writeCertificate(t, dir)
	if hba := filepath.Join(dir, "pg_hba.conf"); texts["pg_hba.conf"] == "" {
		if err := os.WriteFile(hba, []byte("hostssl all all all scram-sha-256\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "check-config", "--config", filepath.Join(dir, "flowgres.yaml"))
	cmd.Env = append(os.Environ(), "READER_VERIFIER="+verifier, "FLOWGRES_LISTEN=0.0.0.0:5432", "FLOWGRES_METRICS_LISTEN=0.0.0.0:9464")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("check-config: %v\n%s", err, out)
	}
}
