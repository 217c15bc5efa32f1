package observe

import (
	"regexp"
	"slices"
	"strings"
)

// A secret's name ends in one of these, in lower case.
var secretNames = []string{"password", "passwd", "passphrase", "secret", "token", "access_key", "accesskey", "private_key", "privatekey"}

// What follows a secret's name: the first group stays, the rest is the secret. A
// bare word is one after = or :, and in SET after TO, not after a space alone
// ("password authentication failed"). A doubled quote begins one inside of a string.
const (
	quoted = `(?:''[^']+''|[eE]?'(?:[^'\\]|''|\\.)*'|"[^"]*"|\$\w*\$(?s:.*?)\$\w*\$)`
	bare   = `[^\s,;'")&:][^\s,;'")&]*`
)

var (
	afterName = []*regexp.Regexp{
		regexp.MustCompile(`^(['"]?(?:\s*::\s*\w+)?\s*,\s*)` + quoted), // in a call of set_config
		regexp.MustCompile(`^(['"]?\s*(?:=|:|(?i:\bto\b)|\s)\s*)` + quoted),
		regexp.MustCompile(`^(['"]?\s*[=:]\s*)` + bare),
	}
	setTo     = regexp.MustCompile(`^("?\s+(?i:to)\s+)` + bare)
	beforeSet = regexp.MustCompile(`^set\s+(?:(?:session|local)\s+)?[\w."]*$`)
)

// shapes are secrets that show by themselves: where one of the words is, in
// lower case, the pattern may match; its first group stays.
var shapes = []struct {
	words   []string
	pattern *regexp.Regexp
}{
	{[]string{"akia", "asia"}, regexp.MustCompile(`^((?:AKIA|ASIA)[A-Z0-9]{4})[A-Z0-9]{12}\b`)},
	{[]string{"scram-sha-256$"}, regexp.MustCompile(`^((?i:SCRAM-SHA-256)\$\d+:)[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+`)},
	{[]string{"x-amz-"}, regexp.MustCompile(`^((?i:X-Amz-(?:Signature|Security-Token|Credential))=)[^&\s"']+`)},
	{[]string{"eyj"}, regexp.MustCompile(`^((?:eyJ))[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?`)},                             // a JSON Web Token
	{[]string{"iqojb3jpz2lu", "fwogzxivyxdz", "fqogzxivyxdz"}, regexp.MustCompile(`^((?:IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz))[A-Za-z0-9+/=]{16,}`)}, // AWS's session tokens
	{[]string{"://"}, regexp.MustCompile(`^(://[^:/@\s]*:)[^@\s]+`)},                                                                         // up to the @
}

// window bounds how far a URL's password is looked for, so that a text full of
// URLs takes no time that grows with its square. The others end where they are told from
// the next.
const window = 512

const blot = "********"

// Redact blots out passwords, keys and verifiers.
func Redact(s string) string {
	s = redactNamed(s)
	for _, x := range shapes {
		s = redactAt(s, x.words, func(s string, at int) (from, to, rest int) {
			if at > 0 && isWord(s[at-1]) && x.words[0] != "://" {
				return 0, 0, at + 1
			}
			near := s[at:]
			if x.words[0] == "://" {
				near = near[:min(len(near), window)]
			}
			if x.words[0] == "://" && !strings.Contains(near, "@") {
				return 0, 0, at + 1
			}
			m := x.pattern.FindStringSubmatchIndex(near)
			if m == nil || x.words[0] == "://" && !strings.HasPrefix(s[at+m[1]:], "@") {
				return 0, 0, at + 1
			}
			return at + m[3], at + m[1], at + m[1]
		})
	}
	return redactKeys(s)
}

// redactKeys blots out what looks like an AWS secret access key: forty characters of base64's
// and no more, capitals, small letters and figures among them, which few names and paths are.
func redactKeys(s string) string {
	const length = 40
	var out strings.Builder
	done := 0
	for at := 0; at < len(s); {
		start, kinds := at, 0
		for ; at < len(s); at++ {
			k := keyChar(s[at])
			if k == 0 {
				break
			}
			kinds |= k
		}
		if at-start == length && kinds&(capital|small|figure) == capital|small|figure && (at == len(s) || s[at] != '=' && s[at] != '_' && s[at] != '-') {
			out.WriteString(s[done:start] + blot)
			done = at
		}
		at++
	}
	if done == 0 {
		return s
	}
	return out.String() + s[done:]
}

// The kinds of characters of a secret access key.
const (
	capital = 1 << iota
	small
	figure // or +
	slash
)

func keyChar(b byte) int {
	switch {
	case b >= 'A' && b <= 'Z':
		return capital
	case b >= 'a' && b <= 'z':
		return small
	case b >= '0' && b <= '9', b == '+':
		return figure
	case b == '/':
		return slash
	}
	return 0
}

// redactNamed blots out what stands after secrets' names.
func redactNamed(s string) string {
	return redactAt(s, []string{"passw", "passphrase", "secret", "token", "access", "private"}, func(s string, at int) (from, to, rest int) {
		start, end := at, at
		for start > 0 && isWord(s[start-1]) {
			start--
		}
		for end < len(s) && isWord(s[end]) {
			end++
		}
		name := asciiLower(s[start:end])
		if !slices.ContainsFunc(secretNames, func(n string) bool { return strings.HasSuffix(name, n) }) {
			return 0, 0, end
		}
		for _, re := range afterName {
			if m := re.FindStringSubmatchIndex(s[end:]); m != nil {
				return end + m[3], end + m[1], end + m[1]
			}
		}
		if m := setTo.FindStringSubmatchIndex(s[end:]); m != nil && isSet(s[max(0, start-64):start]) {
			return end + m[3], end + m[1], end + m[1]
		}
		return 0, 0, end
	})
}

// isSet tells whether a text ends in what a SET begins with.
func isSet(before string) bool {
	before = asciiLower(before)
	i := strings.LastIndex(before, "set")
	return i >= 0 && beforeSet.MatchString(before[i:])
}

// redactAt calls look at each place of a text where one of the words is, in
// lower case. look gives what is to be blotted out, from and to, and from where to go on.
func redactAt(s string, words []string, look func(s string, at int) (from, to, rest int)) string {
	lower := asciiLower(s)
	next := make([]int, len(words))
	for i := range next {
		next[i] = strings.Index(lower, words[i])
	}
	var out strings.Builder
	done, at := 0, 0
	for {
		first := -1
		for i, n := range next {
			if n >= 0 && n < at {
				if n = strings.Index(lower[at:], words[i]); n >= 0 {
					n += at
				}
				next[i] = n
			}
			if n >= 0 && (first < 0 || n < first) {
				first = n
			}
		}
		if first < 0 {
			break
		}
		from, to, rest := look(s, first)
		if to > from {
			out.WriteString(s[done:from])
			out.WriteString(blot)
			done = to
		}
		at = rest
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

func isWord(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80
}

// asciiLower is strings.ToLower for ASCII alone, which keeps places the same.
func asciiLower(s string) string {
	i := strings.IndexFunc(s, func(r rune) bool { return r >= 'A' && r <= 'Z' })
	if i < 0 {
		return s
	}
	b := []byte(s)
	for ; i < len(b); i++ {
		if b[i] >= 'A' && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}
