package planner

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// follow takes over the rights that a reload gave or took. The settings of a
// role are those of the login.
func (s *Session) follow() {
	roles := s.e.roles.Load()
	if s.roles == roles {
		return
	}
	s.roles = roles
	known := false
	if s.role, known = s.e.role(s.o.User); !known {
		s.role = nobody(s.o.User)
	}
	s.become()
}

// become puts what the current role may do in force: SET ROLE, SET SESSION
// AUTHORIZATION, the end of a transaction that did either, and a reload of the
// configuration change it. What the configuration no longer has gives no rights.
func (s *Session) become() {
	s.now = s.role
	if name := s.user(); name != s.o.User {
		known := false
		if s.now, known = s.e.role(name); !known {
			s.now = nobody(name)
		}
	}
	f := s.fdw
	f.User, f.Login, f.Superuser = s.user(), s.o.User, s.now.Superuser
	f.Accounts, f.Regions, f.Identity = s.now.Accounts, s.now.Regions, s.now.Identity
	s.guc.Superuser = s.now.Superuser
	s.guc.ReadsAll = s.now.Superuser || s.e.anyRole() || s.e.memberOf(f.User, "pg_read_all_settings")
	if s.guc.Bool("is_superuser") != s.now.Superuser {
		_ = s.guc.SetInternal("is_superuser", s.now.Superuser) // the setting is there
	}
}

// nobody is a role that the configuration no longer has: its identity is one that no backend
// knows.
func nobody(name string) Role { return Role{ReadOnly: true, Identity: name} }

// setRole checks SET ROLE: a role becomes one that its session user is, is a
// member of, or, as a superuser, any (check_role).
func (s *Session) setRole(name string) error {
	user := s.guc.Text("session_authorization")
	if name == "none" || name == user {
		return nil
	}
	if !s.e.roleExists(name) {
		return pgerr.New(pgerrcode.InvalidParameterValue, "role \"%s\" does not exist", name)
	}
	if r, _ := s.e.role(user); r.Superuser || s.e.memberOf(user, name) {
		return nil
	}
	return pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied to set role \"%s\"", name)
}

// setAuthorization checks SET SESSION AUTHORIZATION: only who logged in as a
// superuser may become another (check_session_authorization).
func (s *Session) setAuthorization(name string) error {
	if name == s.o.User {
		return nil
	}
	if !s.e.roleExists(name) {
		return pgerr.New(pgerrcode.InvalidParameterValue, "role \"%s\" does not exist", name)
	}
	if s.role.Superuser {
		return nil
	}
	return pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied to set session authorization \"%s\"", name)
}

// memberOf tells whether a role is a member of another, directly or not. Of PostgreSQL's own
// roles initdb has made members of others (pg_monitor).
func (e *Engine) memberOf(role, group string) bool {
	seen := map[string]bool{}
	var in func(string) bool
	in = func(name string) bool {
		if seen[name] {
			return false
		}
		seen[name] = true
		r, known := e.role(name)
		if !known {
			r.MemberOf = catalog.PredefinedMember(name)
		}
		return slices.Contains(r.MemberOf, group) || slices.ContainsFunc(r.MemberOf, in)
	}
	return in(role)
}
