package server

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func badHBA(format string, args ...any) *HBAError {
	return &HBAError{Msg: fmt.Sprintf(format, args...)}
}

func (e *HBAError) hint(s string) *HBAError {
	e.Hint = s
	return e
}

// parse reads a line's fields (parse_hba_line).
func (r *rule) parse(fields [][]token, trustAnywhere bool) *HBAError {
	next := func() []token {
		if len(fields) == 0 {
			return nil
		}
		f := fields[0]
		fields = fields[1:]
		return f
	}
	kind := next()
	if len(kind) > 1 {
		return badHBA("multiple values specified for connection type").hint("Specify exactly one connection type per line.")
	}
	r.kind = kind[0].text
	if !slices.Contains([]string{"local", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc"}, r.kind) {
		return badHBA("invalid connection type \"%s\"", r.kind)
	}
	var e *HBAError
	databases := next()
	if databases == nil {
		return badHBA("end-of-line before database specification")
	}
	if r.databases, e = patterns(databases); e != nil {
		return e
	}
	users := next()
	if users == nil {
		return badHBA("end-of-line before role specification")
	}
	if r.users, e = patterns(users); e != nil {
		return e
	}
	if r.kind != "local" {
		if e := r.parseAddress(next); e != nil {
			return e
		}
	}
	method := next()
	if method == nil {
		return badHBA("end-of-line before authentication method")
	}
	if len(method) > 1 {
		return badHBA("multiple values specified for authentication type").hint("Specify exactly one authentication type per line.")
	}
	if e := r.parseMethod(method[0].text, trustAnywhere); e != nil {
		return e
	}
	for _, f := range fields {
		for _, t := range f {
			if e := r.parseOption(t.text); e != nil {
				return e
			}
		}
	}
	if r.method == Cert { // it implies that
		r.clientCert = "verify-full"
	}
	return nil
}

// patterns compiles the regular expressions of a list (regcomp_auth_token).
func patterns(list []token) ([]pattern, *HBAError) {
	out := make([]pattern, len(list))
	for i, t := range list {
		out[i].token = t
		if !strings.HasPrefix(t.text, "/") { // quoted or not
			continue
		}
		re, err := regexp.Compile(t.text[1:])
		if err != nil {
			return nil, badHBA("invalid regular expression \"%s\": %s", t.text[1:], err.Error())
		}
		re.Longest()
		out[i].re = re
	}
	return out, nil
}

func (r *rule) parseAddress(next func() []token) *HBAError {
	field := next()
	if field == nil {
		return badHBA("end-of-line before IP address specification")
	}
	if len(field) > 1 {
		return badHBA("multiple values specified for host address").hint("Specify one address range per line.")
	}
	t := field[0]
	if t.is("all") || t.is("samehost") || t.is("samenet") {
		r.addr.keyword = t.text
		return nil
	}
	text, bits, slash := strings.Cut(t.text, "/")
	ip, err := netip.ParseAddr(text)
	if err != nil {
		if !hostName.MatchString(text) {
			return badHBA("invalid IP address \"%s\": Name or service not known", text)
		}
		if slash {
			return badHBA("specifying both host name and CIDR mask is invalid: \"%s\"", t.text)
		}
		r.addr.host = text
		return nil
	}
	r.addr.ip = ip.WithZone("")
	if slash {
		n, err := strconv.Atoi(bits)
		if err != nil || n < 0 || n > ip.BitLen() {
			return badHBA("invalid CIDR mask in address \"%s\"", t.text)
		}
		r.addr.mask = net.CIDRMask(n, ip.BitLen())
		return nil
	}
	mask := next()
	if mask == nil {
		return badHBA("end-of-line before netmask specification").
			hint("Specify an address range in CIDR notation, or provide a separate netmask.")
	}
	if len(mask) > 1 {
		return badHBA("multiple values specified for netmask")
	}
	m, err := netip.ParseAddr(mask[0].text)
	if err != nil {
		return badHBA("invalid IP mask \"%s\": Name or service not known", mask[0].text)
	}
	if m.BitLen() != ip.BitLen() {
		return badHBA("IP address and mask do not match")
	}
	r.addr.mask = m.AsSlice()
	return nil
}

var hostName = regexp.MustCompile(`^\.?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$`)

// unbuilt are PostgreSQL's methods that this server does not have.
var unbuilt = []string{"md5", "ident", "gss", "sspi", "pam", "bsd", "ldap", "radius"}

func (r *rule) parseMethod(name string, trustAnywhere bool) *HBAError {
	r.name = name
	switch name {
	case "trust":
		r.method = Trust
		if r.kind != "local" && !trustAnywhere && !r.addr.near() {
			return badHBA("trust authentication is only allowed on loopback addresses and local sockets").
				hint("Use scram-sha-256, or start the server with insecure to allow it.")
		}
	case "reject":
		r.method = Reject
	case "scram-sha-256":
		r.method = SCRAM
	case "password":
		r.method = Password
		if r.kind != "hostssl" && r.kind != "local" && !r.addr.near() {
			return badHBA("password authentication is only supported on hostssl connections").
				hint("The password travels in the clear. Use scram-sha-256.")
		}
	case "cert":
		r.method = Cert
	case "iam":
		r.method = IAM
		if r.kind != "hostssl" {
			return badHBA("iam authentication is only supported on hostssl connections")
		}
	case "peer":
		r.method = PeerUser
		if r.kind != "local" {
			return badHBA("peer authentication is only supported on local sockets")
		}
	default:
		if slices.Contains(unbuilt, name) {
			return badHBA("invalid authentication method \"%s\": not supported by this build", name)
		}
		return badHBA("invalid authentication method \"%s\"", name)
	}
	if r.method == Cert && r.kind != "hostssl" {
		return badHBA("cert authentication is only supported on hostssl connections")
	}
	return nil
}

// near tells whether all of a rule's addresses are this machine's own.
func (a address) near() bool {
	if !a.ip.IsLoopback() {
		return a.keyword == "samehost"
	}
	own := net.CIDRMask(a.ip.BitLen(), a.ip.BitLen())
	if a.ip.Is4() {
		own = net.CIDRMask(8, 32)
	}
	for i, m := range own {
		if a.mask[i]&m != m {
			return false
		}
	}
	return true
}

// foreignOptions are the options of PostgreSQL's methods that this server does not have,
// with the methods as complaints name them.
var foreignOptions = map[string]string{
	"pamservice": "pam", "pam_use_hostname": "pam", "include_realm": "gssapi and sspi", "krb_realm": "gssapi and sspi",
	"compat_realm": "sspi", "upn_username": "sspi", "ldapurl": "ldap", "ldaptls": "ldap", "ldapscheme": "ldap", "ldapserver": "ldap", "ldapport": "ldap",
	"ldapbinddn": "ldap", "ldapbindpasswd": "ldap", "ldapsearchattribute": "ldap", "ldapsearchfilter": "ldap", "ldapbasedn": "ldap",
	"ldapprefix": "ldap", "ldapsuffix": "ldap", "radiusservers": "radius", "radiussecrets": "radius", "radiusports": "radius", "radiusidentifiers": "radius",
}

// parseOption reads name=value (parse_hba_auth_opt).
func (r *rule) parseOption(text string) *HBAError {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return badHBA("authentication option not in name=value format: %s", text)
	}
	switch name {
	case "map":
		if r.method != PeerUser && r.method != Cert && r.method != IAM {
			return badHBA("authentication option \"map\" is only valid for authentication methods ident, peer, gssapi, sspi, and cert")
		}
		r.usermap = value
	case "clientcert":
		if r.kind != "hostssl" {
			return badHBA("clientcert can only be configured for \"hostssl\" rows")
		}
		switch {
		case value == "verify-full":
		case value == "verify-ca" && r.method == Cert:
			return badHBA("clientcert can only be set to \"verify-full\" when using \"cert\" authentication")
		case value == "verify-ca":
		default:
			return badHBA("invalid value for clientcert: \"%s\"", value)
		}
		r.clientCert = value
	case "clientname":
		if r.kind != "hostssl" {
			return badHBA("clientname can only be configured for \"hostssl\" rows")
		}
		switch value {
		case "CN":
		case "DN":
			r.clientDN = true
		default:
			return badHBA("invalid value for clientname: \"%s\"", value)
		}
	default:
		if methods := foreignOptions[name]; methods != "" {
			return badHBA("authentication option \"%s\" is only valid for authentication methods %s", name, methods)
		}
		return badHBA("unrecognized authentication option name: \"%s\"", name)
	}
	return nil
}
