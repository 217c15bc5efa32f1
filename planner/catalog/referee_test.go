package catalog

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// referee connects to the PostgreSQL 16 of PGDSN. Tests that need it are for
// whoever records goldens or changes a view, and skip without it.
func referee(t *testing.T) *pgconn.PgConn {
	t.Helper()
	dsn := os.Getenv("PGDSN")
	if dsn == "" {
		t.Skip("PGDSN names no PostgreSQL 16")
	}
	conn, err := pgconn.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// unlikeViews are views whose rows are not PostgreSQL's, and why.
var unlikeViews = map[string]string{
	"pg_catalog.pg_views":      "definitions are ours",
	"information_schema.views": "definitions are ours",
}

// TestViewsOnReferee runs every view's SQL on PostgreSQL beside its own view.
func TestViewsOnReferee(t *testing.T) {
	conn := referee(t)
	c := open(t)
	for _, r := range c.relations {
		if r.ViewSQL == "" {
			continue
		}
		name := r.Schema + "." + r.Name
		if unlikeViews[name] != "" || strings.HasPrefix(r.Name, "pg_stat") { // we count nothing
			continue
		}
		for _, d := range []struct{ what, sql string }{
			{"too many", fmt.Sprintf("SELECT x::text FROM ((%s) EXCEPT ALL SELECT * FROM %s) x LIMIT 3", r.ViewSQL, name)},
			{"missing", fmt.Sprintf("SELECT x::text FROM (SELECT * FROM %s EXCEPT ALL (%s)) x LIMIT 3", name, r.ViewSQL)},
		} {
			res, err := conn.Exec(context.Background(), d.sql).ReadAll()
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			for _, row := range res[0].Rows {
				t.Errorf("%s: %s: %s", name, d.what, row[0])
			}
		}
	}
}
