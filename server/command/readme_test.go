package command

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestPsqlReadme types what README.md's session types into psql, on a demo of its own, and
// compares what is answered.
func TestPsqlReadme(t *testing.T) {
	psql, err := exec.LookPath("psql")
	if err != nil {
		t.Skip("psql is not installed")
	}
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	prompt := regexp.MustCompile(`^    aws[=-]\*?> `)
	var typed, answers, errors strings.Builder
	typing, session := false, false
	for line := range strings.Lines(string(text)) {
		said := prompt.FindString(line)
		switch {
		case said != "":
			session, typing = true, true
			typed.WriteString(line[len(said):])
		case session && line != "\n" && !strings.HasPrefix(line, "    "):
			session = false
		case session && line != "\n":
			typing = false
			answer := strings.TrimPrefix(line, "    ")
			if strings.HasPrefix(answer, "ERROR:") || strings.HasPrefix(answer, "HINT:") {
				errors.WriteString(answer)
			} else {
				answers.WriteString(answer)
			}
		}
	}
	if typing || answers.Len() == 0 {
		t.Fatal("README.md has no session whose answers are shown")
	}
	c := start(t, flowgres(demoArgs()...))
	cmd := exec.Command(psql, "-X", "-d", c.dsn, "-P", "pager=off")
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "PGCLIENTENCODING=UTF8")
	cmd.Stdin = strings.NewReader(typed.String())
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatal(err, problems.String())
	}
	plain := func(s string) string {
		s = regexp.MustCompile(`(?m)[ \t]+$`).ReplaceAllString(s, "")
		s = regexp.MustCompile(`fl-[0-9a-f]{17}`).ReplaceAllString(s, "fl-of-the-moment")
		return regexp.MustCompile(`\n+`).ReplaceAllString(strings.TrimSpace(s), "\n")
	}
	if got, want := plain(out.String()), plain(answers.String()); got != want {
		t.Errorf("the answers are now:\n%s\nwhere README.md has\n%s", got, want)
	}
	if got, want := plain(problems.String()), plain(errors.String()); got != want {
		t.Errorf("the errors are now:\n%s\nwhere README.md has\n%s", got, want)
	}
}
