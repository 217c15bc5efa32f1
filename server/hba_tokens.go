package server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// token is a word of pg_hba.conf or pg_ident.conf. A quoted one never is a
// keyword.
type token struct {
	text   string
	quoted bool // began with a double quote
}

// is tells whether a token is a keyword.
func (t token) is(keyword string) bool { return !t.quoted && t.text == keyword }

// authLine is a line of an authentication file: fields of tokens, or why it
// could not be read.
type authLine struct {
	file   string
	line   int
	fields [][]token
	err    error
}

const (
	maxIncludeDepth = 10 // CONF_FILE_MAX_DEPTH
	maxAuthFile     = 16 << 20
)

// authReader reads an authentication file with what it includes
// (tokenize_auth_file).
type authReader struct {
	lines []authLine
	open  func(path string) ([]byte, error)
}

func readAuthFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxAuthFile {
		return nil, errors.New("file is too large")
	}
	return os.ReadFile(path)
}

// read appends a file's lines. The error is about the file itself.
func (r *authReader) read(path string, depth int) error {
	if depth > maxIncludeDepth {
		return fmt.Errorf("could not open file \"%s\": maximum nesting depth exceeded", path)
	}
	text, err := r.open(path)
	if err != nil {
		return fmt.Errorf("could not open file \"%s\": %w", path, reason(err))
	}
	physical := strings.Split(string(text), "\n")
	for i := 0; i < len(physical); i++ {
		start := i + 1
		line := strings.TrimRight(physical[i], "\r")
		for strings.HasSuffix(line, "\\") && i+1 < len(physical) {
			i++
			line = line[:len(line)-1] + strings.TrimRight(physical[i], "\r")
		}
		fields, err := r.fields(line, path, depth)
		if err != nil {
			r.lines = append(r.lines, authLine{file: path, line: start, err: err})
			continue
		}
		if len(fields) == 0 {
			continue
		}
		if len(fields) == 2 && len(fields[0]) == 1 && len(fields[1]) == 1 {
			if included, err := r.include(fields[0][0], beside(path, fields[1][0].text), depth); included {
				if err != nil {
					r.lines = append(r.lines, authLine{file: path, line: start, err: err})
				}
				continue
			}
		}
		r.lines = append(r.lines, authLine{file: path, line: start, fields: fields})
	}
	return nil
}

// include follows an include directive, if a word is one.
func (r *authReader) include(word token, path string, depth int) (bool, error) {
	switch {
	case word.is("include"):
		return true, r.read(path, depth+1)
	case word.is("include_if_exists"):
		err := r.read(path, depth+1)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return true, err
	case word.is("include_dir"):
		entries, err := os.ReadDir(path)
		if err != nil {
			return true, fmt.Errorf("could not open directory \"%s\": %w", path, reason(err))
		}
		for _, e := range entries { // sorted by name
			if e.IsDir() || strings.HasPrefix(e.Name(), ".") || !strings.HasSuffix(e.Name(), ".conf") {
				continue
			}
			if err := r.read(filepath.Join(path, e.Name()), depth+1); err != nil {
				return true, err
			}
		}
		return true, nil
	}
	return false, nil
}

// fields splits a line (next_field_expand). A field is a list of tokens that
// commas join; @file stands for the tokens of a file.
func (r *authReader) fields(line, path string, depth int) ([][]token, error) {
	var fields [][]token
	for {
		var field []token
		for more := true; more; {
			t, ok, comma, rest := nextToken(line)
			line, more = rest, comma
			if !ok {
				break
			}
			if !t.quoted && len(t.text) > 1 && t.text[0] == '@' {
				list, err := r.expand(beside(path, t.text[1:]), depth+1)
				if err != nil {
					return nil, err
				}
				field = append(field, list...)
				continue
			}
			field = append(field, t)
		}
		if len(field) == 0 {
			if strings.TrimLeft(line, " \t\r,") == "" {
				return fields, nil
			}
			continue // an empty file was named
		}
		fields = append(fields, field)
	}
}

// expand gives all tokens of a file that @ names.
func (r *authReader) expand(path string, depth int) ([]token, error) {
	in := authReader{open: r.open}
	if err := in.read(path, depth); err != nil {
		return nil, err
	}
	var out []token
	for _, l := range in.lines {
		if l.err != nil {
			return nil, l.err
		}
		out = append(out, slices.Concat(l.fields...)...)
	}
	return out, nil
}

// nextToken takes a token off a line (next_token). comma tells that the list it
// is in goes on.
func nextToken(line string) (t token, ok, comma bool, rest string) {
	line = strings.TrimLeft(line, " \t\r,")
	var buf []byte
	inQuote, wasQuote, sawQuote := false, false, false
	i := 0
	for ; i < len(line); i++ {
		c := line[i]
		if !inQuote {
			if c == ' ' || c == '\t' || c == '\r' {
				break
			}
			if c == '#' {
				i = len(line)
				break
			}
			if c == ',' {
				comma = true
				i++
				break
			}
		}
		if c != '"' || wasQuote {
			buf = append(buf, c)
		}
		wasQuote = inQuote && c == '"' && !wasQuote
		if c == '"' {
			inQuote, sawQuote = !inQuote, true
			if len(buf) == 0 {
				t.quoted = true
			}
		}
	}
	t.text = string(buf)
	return t, sawQuote || len(buf) > 0, comma, line[i:]
}

// beside makes a path of an included file, which is relative to its includer's
// directory (AbsoluteConfigLocation).
func beside(includer, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(includer), path)
}

// reason takes off an error of the os package what our messages say already.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return plainError{p.Err}
	}
	return err
}

// plainError words a system error as strerror does: with a capital.
type plainError struct{ error }

func (e plainError) Error() string {
	s := e.error.Error()
	return strings.ToUpper(s[:1]) + s[1:]
}

func (e plainError) Unwrap() error { return e.error }
