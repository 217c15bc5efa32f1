package ec2backend

import (
	"context"
	"iter"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// statusTable is a relation of the schema flowgres: what the backend knows of
// itself, made anew at each scan.
type statusTable struct {
	columns []fdw.Column
	rows    func(ctx context.Context, s *fdw.Session) ([]adt.Row, error)
	calls   float64 // remote calls of a scan, at most
}

// Columns implements fdw.Table.
func (t *statusTable) Columns() []fdw.Column { return t.columns }

// Plan implements fdw.Table.
func (t *statusTable) Plan(req fdw.Request) (fdw.Scan, error) {
	return fdw.Scan{
		Served: make([]fdw.Served, len(req.Quals)), Rows: 100, Calls: t.calls,
		Open: func(ctx context.Context, _ [][]adt.Datum) iter.Seq2[[]adt.Row, error] {
			return func(yield func([]adt.Row, error) bool) {
				rows, err := t.rows(withSession(ctx, req.Session), req.Session)
				if err != nil {
					yield(nil, err)
				} else if len(rows) > 0 {
					yield(rows, nil)
				}
			}
		},
	}, nil
}

// statusRelations are the relations of the schema flowgres.
func (b *Backend) statusRelations() []fdw.Relation {
	rel := func(name, comment string, t fdw.Table) fdw.Relation {
		return fdw.Relation{Schema: "flowgres", Name: name, Table: t, Comment: comment}
	}
	return []fdw.Relation{
		rel("api_calls", "The last thousand attempts of AWS calls by this server", b.callsTable()),
		rel("last_errors", "Failures of accounts and regions that statements passed over by flowgres.on_error = partial", b.errorsTable()),
		rel("cache", "Answers of AWS that are kept for sessions with flowgres.cache_ttl", b.cacheTable()),
		rel("pg_stat_progress_scan", "Scans of EC2 that are running", b.progressTable()),
		rel("accounts", "The configured AWS accounts and who we are there (calls sts:GetCallerIdentity)", b.accountsTable()),
		rel("regions", "The regions of each account, and whether the tables cover them (calls ec2:DescribeRegions)", b.regionsTable()),
		rel("credentials", "The AWS credentials of each account, without their secrets", b.credentialsTable()),
		rel("in_doubt", "Writes whose outcome is unknown, or that could not be undone. flowgres.resolve(transaction) ends one; DELETE strikes a line off once it has been dealt with",
			&doubtTable{statusTable{b.doubtColumns(), b.doubtRows, 0}, b}),
	}
}

// whoKey finds in a context for whom a call is made.
type whoKey struct{}

// withSession notes for whom calls are made: as the session is now, since it
// may go on to its next statement while calls of this one still end.
func withSession(ctx context.Context, s *fdw.Session) context.Context {
	if s == nil {
		return ctx
	}
	return withWho(ctx, whoIs(s))
}

func withWho(ctx context.Context, w who) context.Context { return context.WithValue(ctx, whoKey{}, w) }

func whoOf(ctx context.Context) who {
	w, _ := ctx.Value(whoKey{}).(who)
	return w
}

// orNull gives NULL for an empty text.
func orNull(s string) adt.Datum {
	if s == "" {
		return nil
	}
	return s
}

func textArray(list []string) adt.Datum {
	values := make([]adt.Datum, len(list))
	for i, s := range list {
		values[i] = s
	}
	return adt.NewArray(adt.TextOID, values)
}

func millis(d time.Duration) adt.Datum { return float64(d) / float64(time.Millisecond) }
