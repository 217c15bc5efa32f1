package ec2backend

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Identity is whom the calls of a database role are made as: a role of IAM
// that is assumed in each account, under the user's name and with no more
// rights than the database role has. Everything that remembers what AWS
// answered is kept apart by identity; only the pace of calls, which AWS counts
// by account, is not.
type Identity struct {
	// Profile has the credentials to start from; "" is those that the server's
	// own account starts from. Without RoleARNs it is the identity itself.
	Profile string
	// RoleARNs are the roles to assume. {account} stands for each account of the
	// server in turn. None is the roles of the server's accounts.
	RoleARNs   []string
	ExternalID string // "" is that of the server's account
	// Duration is how long the credentials of one AssumeRole last; 0 is an hour.
	Duration time.Duration
	// SessionName, SourceIdentity and the values of Tags may have {user} (who logged
	// in), {role} (SET ROLE) and {application_name}. SessionName "" is
	// flowgres-{user}; SourceIdentity "" is none.
	SessionName, SourceIdentity string
	Tags                        map[string]string
	// NoPolicy leaves out the session policy that confines the credentials to
	// what the role may do.
	NoPolicy bool

	// What the database role may do.
	ReadOnly          bool
	Accounts, Regions []string
}

// identity is one Identity for one user, with its accounts.
type identity struct {
	key         string // "" is the server's own
	role, login string // of the database
	session     string // name of the session
	accounts    []*account
}

// identities are those of the configuration, and what has been made of them.
type identities struct {
	ready map[string]*readyIdentity
	made  *lru.Cache[string, *identity]
}

// readyIdentity is an Identity with the accounts that it starts from.
type readyIdentity struct {
	Identity
	from []assumption
}

// assumption is a role to assume and whose credentials are used for it.
type assumption struct {
	base     *account
	arn      string // may have {account}; "" is the base's own credentials
	external string
}

// maxIdentities bounds the identities that are remembered: users times the
// values of their tags.
const maxIdentities = 1024

// Identities reads what other identities need and gives what puts them in the
// old ones' place, by the names that sessions have them under. Credentials that
// were made for the old ones are then forgotten.
func (b *Backend) Identities(ctx context.Context, all map[string]Identity) (apply func(), err error) {
	next := &identities{ready: map[string]*readyIdentity{}}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		r, err := b.readyIdentity(ctx, all[name])
		if err != nil {
			return nil, pgerr.New(pgerrcode.ConfigFileError, "role %s: aws: %s", name, pgerr.From(err).Message)
		}
		next.ready[name] = r
	}
	made, err := lru.New[string, *identity](maxIdentities)
	if err != nil {
		return nil, err
	}
	next.made = made
	return func() { b.identities.Store(next) }, nil
}

// How long a role's path and name and a tag's key may be. The expressions do not count: each
// repetition would be a copy of all its classes, made when the process starts.
const (
	maxRolePath = 512
	maxTagKey   = 128
)

var (
	anyRoleARN = regexp.MustCompile(`^arn:aws[a-z-]*:iam::(?:\d{12}|\{account\}):role/([\w+=,.@/-]+)$`)
	tagKeyText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$`)
)

func isRoleARN(arn string) bool {
	m := anyRoleARN.FindStringSubmatch(arn)
	return m != nil && len(m[1]) <= maxRolePath
}

func isTagKey(k string) bool {
	return tagKeyText.MatchString(k) && utf8.RuneCountInString(k) <= maxTagKey && !strings.HasPrefix(strings.ToLower(k), "aws:")
}

// CheckIdentity tells what is wrong with an Identity, as far as that shows
// without AWS's files.
func CheckIdentity(i Identity) error {
	bad := func(format string, args ...any) error { return fmt.Errorf(format, args...) }
	for _, arn := range i.RoleARNs {
		if !isRoleARN(arn) {
			return bad("%q is not the ARN of a role", arn)
		}
	}
	if i.Duration != 0 && (i.Duration < 15*time.Minute || i.Duration > 12*time.Hour) {
		return bad("duration must be between 15min and 12h")
	}
	if len(i.Tags) > 50 {
		return bad("AWS allows 50 tags of a session")
	}
	for k := range i.Tags {
		if !isTagKey(k) {
			return bad("%q cannot be the key of a tag", k)
		}
	}
	for what, text := range map[string]string{"session_name": i.SessionName, "source_identity": i.SourceIdentity} {
		if rest := placeholders.Replace(text); strings.ContainsAny(rest, "{}") {
			return bad("%s %q has another placeholder than {user}, {role} and {application_name}", what, text)
		}
	}
	if p := i.policy("aws"); len(p) > maxPolicy {
		return bad("the session policy for so many regions exceeds AWS's %d characters; set session_policy: none", maxPolicy)
	}
	return nil
}

var placeholders = strings.NewReplacer("{user}", "", "{role}", "", "{application_name}", "")

func (b *Backend) readyIdentity(ctx context.Context, i Identity) (*readyIdentity, error) {
	if err := CheckIdentity(i); err != nil {
		return nil, err
	}
	r := &readyIdentity{Identity: i}
	var own *account
	if i.Profile != "" {
		a, err := b.loadAccount(ctx, Account{Profile: i.Profile})
		if err != nil {
			return nil, err
		}
		own = a
	}
	base := func(id string) *account {
		if own != nil {
			return own
		}
		for _, a := range b.server.accounts {
			if a.knownID() == id {
				return a
			}
		}
		return b.server.accounts[0]
	}
	take := func(a *account, arn, external string) {
		if i.ExternalID != "" {
			external = i.ExternalID
		}
		r.from = append(r.from, assumption{a, arn, external})
	}
	switch {
	case len(i.RoleARNs) == 0 && own != nil:
		take(own, "", "")
	case len(i.RoleARNs) == 0:
		for _, a := range b.server.accounts {
			if a.role == "" {
				return nil, fmt.Errorf("role_arn is missing: the server's account %s has no role to assume", a.name)
			}
			take(a, a.role, a.external)
		}
	}
	for _, arn := range i.RoleARNs {
		if strings.Contains(arn, "{account}") {
			for _, a := range b.server.accounts {
				from := a
				if own != nil {
					from = own
				}
				if id := a.knownID(); id != "" {
					take(from, strings.ReplaceAll(arn, "{account}", id), a.external)
				} else {
					take(a, arn, a.external)
				}
			}
			continue
		}
		a := base(roleAccount.FindStringSubmatch(arn)[1])
		take(a, arn, a.external)
	}
	r.from = slices.DeleteFunc(r.from, func(x assumption) bool {
		m := roleAccount.FindStringSubmatch(x.arn)
		return m != nil && len(i.Accounts) > 0 && !slices.Contains(i.Accounts, m[1])
	})
	if len(r.from) == 0 {
		return nil, fmt.Errorf("no account is left: accounts excludes those of all roles")
	}
	return r, nil
}

// identityOf gives whom a session's calls are made as.
func (b *Backend) identityOf(s *fdw.Session) (*identity, error) {
	if s == nil || s.Identity == "" {
		return b.server, nil
	}
	app := ""
	if s.Setting != nil {
		app = s.Setting("application_name")
	}
	return b.identityFor(s.Identity, s.Login, app)
}

// identityFor gives the identity of a name for a user.
func (b *Backend) identityFor(name, login, app string) (*identity, error) {
	if name == "" {
		return b.server, nil
	}
	all := b.identities.Load()
	r := all.ready[name]
	if r == nil {
		return nil, pgerr.New(pgerrcode.InsufficientPrivilege, "the AWS identity of role \"%s\" is no longer configured", name)
	}
	fill := strings.NewReplacer("{user}", login, "{role}", name, "{application_name}", app).Replace
	session := r.SessionName
	if session == "" {
		session = "flowgres-{user}"
	}
	session = awsName(fill(session))
	source := ""
	if r.SourceIdentity != "" {
		source = awsName(fill(r.SourceIdentity))
	}
	tags := make([]tag, 0, len(r.Tags))
	for _, k := range slices.Sorted(maps.Keys(r.Tags)) {
		tags = append(tags, tag{k, tagValue(fill(r.Tags[k]))})
	}
	key := fmt.Sprintf("%q %q %q %q %q", name, login, session, source, tags)
	if id, ok := all.made.Get(key); ok {
		return id, nil
	}
	id := &identity{key: key, role: name, login: login, session: session}
	for _, x := range r.from {
		id.accounts = append(id.accounts, b.assume(id, r, x, source, tags))
	}
	if had, ok, _ := all.made.PeekOrAdd(key, id); ok {
		return had, nil
	}
	return id, nil
}

// awsName makes a name that AWS takes for a session or a source identity of
// any text. Where something had to be changed, a mark keeps different texts
// different.
func awsName(s string) string {
	ok := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_+=,.@-", r)
	}
	clean := strings.Map(func(r rune) rune {
		if ok(r) {
			return r
		}
		return '-'
	}, s)
	if clean == s && len(s) >= 2 && len(s) <= 64 {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return clean[:min(len(clean), 55)] + "-" + hex.EncodeToString(sum[:4])
}

// tagValue makes the value of a session tag of any text.
func tagValue(s string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || r == ' ' || strings.ContainsRune("_.:/=+-@", r) {
			return r
		}
		return '_'
	}, s)
	if runes := []rune(clean); len(runes) > 256 {
		clean = string(runes[:256])
	}
	return clean
}

// principal tells for logs whom an account's calls are made as; "" is the
// credentials that the server has.
func (a *account) principal() string {
	switch {
	case a.role == "":
		return a.profile
	case a.of.key == "":
		return a.role
	}
	return a.role + "/" + a.of.session
}

// sees tells whether a session may see what an identity did: all may that of
// the server, else its own, and superusers everyone's.
func sees(s *fdw.Session, identity, login string) bool {
	return s == nil || s.Superuser || identity == "" || identity == s.Identity && login == s.Login
}
