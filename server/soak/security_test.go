package soak

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// from connects from an address of this machine, with a user and a password.
func (c *child) from(ip, user, pass string) error {
	cfg, err := pgconn.ParseConfig(c.dsn(user, "sslmode=disable"))
	if err != nil {
		return err
	}
	cfg.Password = pass
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}, Timeout: 20 * time.Second}
	cfg.DialFunc = d.DialContext
	conn, err := pgconn.ConnectConfig(context.Background(), cfg)
	if err != nil {
		return err
	}
	return conn.Close(context.Background())
}

// TestS1BruteForce guesses passwords from one address, and from many.
func TestS1BruteForce(t *testing.T) {
	_, url := endpoint(t, 10)
	c := serve(t, url, roles+"max_preauth_connections: 1000\nmax_connections: 1000\n")
	guesses := size(12, 1000)
	guess := func(n int, ip func(i int) string) { // many at a time: answers are slow on purpose
		var wg sync.WaitGroup
		next := make(chan int)
		for range 40 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for i := range next {
					if code := sqlstate(c.from(ip(i), "app", fmt.Sprint("guess", i))); code != "28P01" {
						t.Errorf("a guess from %s got %s", ip(i), code)
					}
				}
			}()
		}
		for i := range n {
			next <- i
		}
		close(next)
		wg.Wait()
	}
	guess(guesses, func(int) string { return "127.0.0.9" })
	// The user is banned at the address, where the right password is of no use,
	// and gets in elsewhere.
	if code := sqlstate(c.from("127.0.0.9", "app", password)); code != "28P01" {
		t.Errorf("the right password of a banned user: %q", code)
	}
	if err := c.from("127.0.0.10", "app", password); err != nil {
		t.Error(err)
	}
	if got := c.metric("flowgres_banned_addresses"); got != 1 {
		t.Errorf("%v are banned", got)
	}
	// Two failures each do not ban.
	addresses := size(2, 500)
	guess(2*addresses, func(i int) string { return fmt.Sprintf("127.0.%d.%d", 1+i%addresses/250, 1+i%250) })
	if got := c.metric("flowgres_banned_addresses"); got != 1 {
		t.Errorf("%v are banned", got)
	}
	figure(t, "S1", fmt.Sprintf("guesses let through of %d from one address, of %d from %d", guesses, 2*addresses, addresses), 0, "0")
	// A stranger's failure looks and takes as long as a known user's, in turns; without the
	// pauses that failures make, which would hide what differs.
	c = serve(t, url, roles+"auth_max_failures: 0\n")
	times := map[string][]time.Duration{}
	texts := map[string]string{}
	for i := range size(2, 400) {
		for _, user := range []string{"app", "nobody"} {
			ip := fmt.Sprintf("127.1.%d.%d", i/250, 1+i%250)
			began := time.Now()
			err := c.from(ip, user, "wrong")
			times[user] = append(times[user], time.Since(began))
			text := strings.ReplaceAll(fmt.Sprint(err), user, "USER")
			if texts[user] = text[strings.LastIndex(text, "FATAL"):]; texts["app"] != texts[user] {
				t.Errorf("%s\n%s", texts["app"], texts[user])
			}
		}
	}
	median := func(d []time.Duration) time.Duration {
		slices.Sort(d)
		return d[len(d)/2]
	}
	known, unknown := median(times["app"]), median(times["nobody"])
	differ := float64(known-unknown) / float64(known) * 100
	figure(t, "S1", "timing of an unknown user differs by %", fmt.Sprintf("%.1f", differ), "less than 5")
	if full && (differ > 5 || differ < -5) {
		t.Errorf("a known user's failure takes %v, an unknown's %v", known, unknown)
	}
}

// TestS6SecretsInLogs says secrets in every way, with the most talkative
// settings, and reads the logs. (What an error's message quotes, as that of a
// bound value that is no number does, is logged with it, as PostgreSQL does.)
func TestS6SecretsInLogs(t *testing.T) {
	e, url := endpoint(t, 10)
	c := serve(t, url, roles+"log_level: debug\nlog_connections: on\nlog_disconnections: on\nlog_statement: all\nlog_min_duration_statement: 0\naudit_log: '-'\n")
	e.AddResource(account, region, "vpc-0a1b2c3d")
	const bound, literal = "bound-value-51237", "literal-secret-84213"
	conn := c.connect("app", "sslmode=disable")
	for _, sql := range []string{
		"alter role app password '" + literal + "'", "create user x with encrypted password '" + literal + "'",
		"select 'postgres://app:" + literal + "@db/aws'", "select 'aws_secret_access_key=" + literal + "'",
		"select 'AKIAIOSFODNN7EXAMPLE'", "select * from flowgres.accounts", "select * from flowgres.api_calls",
		"set flowgres.nonsense = 'secret=" + literal + "'", "selec password = '" + literal + "'",
	} {
		run(conn, sql)
	}
	res := conn.ExecParams(t.Context(), `select $1::text, count(*) from ec2.flow_logs where "logGroupName" = $1`, [][]byte{[]byte(bound)}, nil, nil, nil).Read()
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	if err := c.from("127.0.0.1", "app", "wrong-"+literal); err == nil {
		t.Error("a wrong password got in")
	}
	c.signal(syscall.SIGHUP)
	c.until("it has reloaded", 10*time.Second, func() bool { return strings.Contains(c.log(), "configuration reloaded") })
	hits := 0
	log := c.log()
	for name, text := range map[string]string{
		"the password": password, "the secret key": secret, "an access key": key, "a literal": literal, "another access key": "AKIAIOSFODNN7EXAMPLE",
		"a bound value": bound,
	} {
		for _, line := range strings.Split(log, "\n") {
			if strings.Contains(line, text) {
				hits++
				t.Errorf("%s is in the log: %s", name, line)
			}
		}
	}
	figure(t, "S6", fmt.Sprintf("secrets in %d log and audit lines at debug", strings.Count(log, "\n")), hits, "0")
}
