// Package step names and counts the steps of a client's program. See
// ../../python/compat.py for the environment and for what a step is.
package step

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
)

// Control tells that the server is a PostgreSQL holding the same table.
var Control = os.Getenv("COMPAT_CONTROL") != ""

// Resource finds a resource of the sample fleet that has one flow log.
const Resource = `select "resourceId", "accountId" from ec2.flow_logs where "resourceId" like 'eni-%' and region = 'us-east-1'
	group by 1, 2 having count(*) = 1 order by 1 limit 1`

// Insert creates a flow log: the resource, the account and the destination.
const Insert = `insert into ec2.flow_logs ("resourceId", "accountId", "trafficType", "logDestinationType", "logDestination", region)
	values ($1, $2, 'ALL', 's3', $3, 'us-east-1') returning "flowLogId"`

// URL is the server's.
func URL() string {
	return fmt.Sprintf("postgres://%s:%s@%s:%s/%s?sslmode=disable", os.Getenv("PGUSER"), os.Getenv("PGPASSWORD"), os.Getenv("PGHOST"), os.Getenv("PGPORT"), os.Getenv("PGDATABASE"))
}

// Client runs the steps of one client.
type Client struct {
	name   string
	failed int
	out    *os.File
}

// New prints the version of the module that path names.
func New(name, path string) *Client {
	c := &Client{name: name}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == path {
				fmt.Printf("%s: version: %s\n", name, d.Version)
			}
		}
	}
	if dir := os.Getenv("COMPAT_OUT"); dir != "" {
		c.out, _ = os.Create(filepath.Join(dir, name))
	}
	return c
}

// Do runs a step; a value other than true is written for comparison.
func (c *Client) Do(name string, f func() (any, error)) {
	v, err := f()
	if err == nil && v == false {
		err = fmt.Errorf("it gave false")
	}
	if err != nil {
		c.failed++
		fmt.Printf("%s: %s: FAILED\n", c.name, name)
		fmt.Fprintln(os.Stderr, err)
		return
	}
	fmt.Printf("%s: %s: ok\n", c.name, name)
	if c.out != nil && v != true && v != nil {
		b, _ := json.MarshalIndent(v, "", " ")
		fmt.Fprintf(c.out, "%s: %s\n", name, b)
	}
}

// Done ends the program.
func (c *Client) Done() {
	if c.failed > 0 {
		os.Exit(1)
	}
}
