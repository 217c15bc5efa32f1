package server

import (
	"slices"

	"github.com/flowgres/flowgres/server/callerid"
)

// authenticateIAM takes a presigned URL of AWS's sts:GetCallerIdentity as the
// password, and lets its principal be the roles that the map allows. The client
// is told as little as of a wrong password; the log has the reason.
func (c *conn) authenticateIAM(l Login, r *rule) error {
	if _, tls := c.tlsState(); !tls { // the rule is of hostssl; never rely on that alone
		return rejected(l, "no pg_hba.conf entry")
	}
	token, err := c.clearPassword()
	if err != nil {
		return err
	}
	if c.srv.limiter.banned(l.Addr, l.User) { // nothing that it sends makes us ask AWS
		return wrongPassword(l.User)
	}
	arn, err := c.cfg.IAM(c.ctx, token)
	if err != nil {
		c.log.Info("the password proves no AWS principal", "user", l.User, "error", err)
		return wrongPassword(l.User)
	}
	_, known := c.cfg.Roles[l.User]
	may := func(name string) bool { return c.cfg.Ident.allows(r.usermap, name, l.User, c.cfg.Roles) }
	if !known || !slices.ContainsFunc(callerid.Principals(arn), may) {
		c.log.Info("the AWS principal may not be the role", "user", l.User, "principal", arn, "map", r.usermap)
		return wrongPassword(l.User)
	}
	c.log.Info("AWS principal authenticated", "user", l.User, "principal", arn)
	return nil
}
