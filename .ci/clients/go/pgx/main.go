// Program pgx drives jackc/pgx.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"math/big"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"clients/step"
)

func state(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return fmt.Sprint(err)
}

func rows(ctx context.Context, c *pgx.Conn, sql string, args ...any) (any, error) {
	r, err := c.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(r, func(r pgx.CollectableRow) ([]string, error) {
		v, err := r.Values()
		var s []string
		for _, x := range v {
			s = append(s, fmt.Sprint(x))
		}
		return s, err
	})
}

func main() {
	ctx := context.Background()
	s := step.New("pgx", "github.com/jackc/pgx/v5")
	cfg, err := pgx.ParseConfig(step.URL())
	if err != nil {
		log.Fatal(err)
	}
	var notices []string
	cfg.RuntimeParams["application_name"], cfg.RuntimeParams["search_path"] = "app", "ec2"
	cfg.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { notices = append(notices, n.Code) }
	db, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		log.Fatal(err)
	}
	s.Do("ping", func() (any, error) { return true, db.Ping(ctx) })
	s.Do("settings", func() (any, error) {
		return rows(ctx, db, "select current_setting('search_path'), current_setting('application_name')")
	})
	s.Do("schema", func() (any, error) {
		return rows(ctx, db, `select a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, col_description(a.attrelid, a.attnum)
			from pg_attribute a where a.attrelid = $1::text::regclass and a.attnum > 0 order by a.attnum`, "ec2.flow_logs")
	})
	s.Do("prepare", func() (any, error) {
		d, err := db.Prepare(ctx, "p", `select * from flow_logs where region = $1 and "maxAggregationInterval" > $2 and "creationTime" < $3 and tags @> $4`)
		if err != nil {
			return nil, err
		}
		out := []any{d.ParamOIDs}
		for _, f := range d.Fields {
			out = append(out, []any{f.Name, f.DataTypeOID, f.TableOID > 0, f.TableAttributeNumber, f.TypeModifier, f.DataTypeSize})
		}
		return out, db.Deallocate(ctx, "p")
	})
	types := `select 1::int2, 2::int4, 3::int8, 1.5::float4, 2.5::float8, 1.25::numeric, 'x'::text, true, '2024-01-02'::date, '2024-01-02 03:04:05.678+00'::timestamptz at time zone 'UTC',
		'\xdead'::bytea, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '{"a": 1}'::jsonb, array[1,2], interval '1 day 02:03', null, array['a','b,"'], '[1]'::json, 'n'::name, 'c'::"char", 5::oid, '01:02:03'::time, 'x'::bpchar(3), row(1, 'a')`
	for _, m := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		s.Do("types, "+m.String(), func() (any, error) { return rows(ctx, db, types, m) })
		s.Do("parameters, "+m.String(), func() (any, error) {
			return rows(ctx, db, `select region, count(*) from flow_logs where region = any($1) and "maxAggregationInterval" = $2 and "creationTime" > $3 and "trafficType" = $4 group by 1 order by 1`,
				m, []string{"us-east-1", "eu-west-1"}, 600, time.Unix(0, 0), "REJECT")
		})
	}
	s.Do("round trip of parameters", func() (any, error) {
		return rows(ctx, db, "select $1::int, $2::text, $3::bytea, $4::int[], $5::numeric, $6::uuid, $7::jsonb, $8::timestamptz, $9::interval, $10::bool, $11::date", 1, "é", []byte{0, 255}, []int32{1, 2},
			pgtype.Numeric{Int: big.NewInt(-1250), Exp: -2, Valid: true}, [16]byte{15: 5}, map[string]any{"a": 1}, time.Unix(0, 0).UTC(), 90*time.Minute, true, time.Unix(0, 0).UTC())
	})
	s.Do("points and the other shapes", func() (any, error) {
		return rows(ctx, db, "select $1::point, '((0,0),(1,1))'::box, '((0,0),(1,1),(2,0))'::polygon, '<(1,2),3>'::circle, '[(0,0),(1,1)]'::lseg, '[(0,0),(1,1)]'::path, '{1,2,3}'::line",
			pgtype.Point{P: pgtype.Vec2{X: 1, Y: 2.5}, Valid: true})
	})
	s.Do("network addresses and ranges", func() (any, error) {
		return rows(ctx, db, "select $1::inet, '10.0.0.0/8'::cidr, int4range(1, 3), '{[1,3)}'::int4multirange, '08:00:2b:01:02:03'::macaddr", netip.MustParseAddr("10.0.0.1"))
	})
	s.Do("load types", func() (any, error) {
		t, err := db.LoadType(ctx, "information_schema.sql_identifier")
		if err != nil {
			return nil, err
		}
		ts, err := db.LoadTypes(ctx, []string{"information_schema.cardinal_number", "information_schema.yes_or_no"})
		if err != nil {
			return nil, err
		}
		out := []any{t.Name, t.OID > 0}
		for _, t := range ts {
			out = append(out, t.Name)
		}
		return out, nil
	})
	s.Do("collect into structs", func() (any, error) {
		r, err := db.Query(ctx, `select "flowLogId" as id, region, tags from flow_logs order by 1 limit 2`)
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(r, pgx.RowToStructByName[struct {
			ID     string `db:"id"`
			Region string
			Tags   map[string]string
		}])
	})
	s.Do("named arguments", func() (any, error) {
		return rows(ctx, db, "select count(*) from flow_logs where region = @r", pgx.NamedArgs{"r": "us-east-1"})
	})
	s.Do("batch", func() (any, error) {
		b := &pgx.Batch{}
		b.Queue("select 1")
		b.Queue("select $1::int", 2)
		b.Queue("select count(*) from flow_logs where region = $1", "us-east-1")
		res := db.SendBatch(ctx, b)
		var x, y, z int
		err := errors.Join(res.QueryRow().Scan(&x), res.QueryRow().Scan(&y), res.QueryRow().Scan(&z), res.Close())
		return []int{x, y, z}, err
	})
	s.Do("batch with an error", func() (any, error) {
		b := &pgx.Batch{}
		b.Queue("select 1")
		b.Queue("select 1/0")
		b.Queue("select 3")
		return state(db.SendBatch(ctx, b).Close()) == "22012", db.Ping(ctx)
	})
	s.Do("pipeline", func() (any, error) {
		p := db.PgConn().StartPipeline(ctx)
		p.SendQueryParams("select 1", nil, nil, nil, nil)
		p.SendQueryParams("select 2", nil, nil, nil, nil)
		if err := p.Sync(); err != nil {
			return nil, err
		}
		n := 0
		for {
			r, err := p.GetResults()
			if err != nil || r == nil {
				return n, errors.Join(err, p.Close())
			}
			if rr, ok := r.(*pgconn.ResultReader); ok {
				n++
				if err := rr.Read().Err; err != nil {
					return nil, err
				}
				continue
			}
			return n, p.Close()
		}
	})
	s.Do("error", func() (any, error) {
		_, err := db.Exec(ctx, "select nope from flow_logs")
		var e *pgconn.PgError
		return errors.As(err, &e) && e.Code == "42703" && e.Position == 8, nil
	})
	s.Do("transaction with savepoint", func() (any, error) {
		tx, err := db.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.Serializable, AccessMode: pgx.ReadOnly, DeferrableMode: pgx.Deferrable})
		if err != nil {
			return nil, err
		}
		sub, err := tx.Begin(ctx)
		if err != nil {
			return nil, err
		}
		_, e := sub.Exec(ctx, "select 1/0")
		_, e2 := sub.Exec(ctx, "select 1")
		err = sub.Rollback(ctx)
		var l string
		return []any{state(e), state(e2), tx.QueryRow(ctx, "show transaction_isolation").Scan(&l), l, tx.Commit(ctx)}, err
	})
	s.Do("cursor", func() (any, error) {
		n := 0
		return true, pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `declare c cursor for select "flowLogId" from flow_logs`); err != nil {
				return err
			}
			for {
				r, err := tx.Exec(ctx, "fetch 7 from c")
				if err != nil {
					return err
				}
				n += int(r.RowsAffected())
				if r.RowsAffected() == 0 {
					break
				}
			}
			if n <= 100 {
				return fmt.Errorf("%d rows", n)
			}
			return nil
		})
	})
	s.Do("copy out", func() (any, error) {
		var b bytes.Buffer
		tag, err := db.PgConn().CopyTo(ctx, &b, "copy (select region from flow_logs) to stdout (format binary)")
		return tag.RowsAffected() > 100 && bytes.HasPrefix(b.Bytes(), []byte("PGCOPY\n")), err
	})
	s.Do("timeout", func() (any, error) {
		c, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		other, err := pgx.Connect(ctx, step.URL())
		if err != nil {
			return nil, err
		}
		_, err = other.Exec(c, "select pg_sleep(20)")
		return errors.Is(err, context.DeadlineExceeded), nil
	})
	s.Do("cancel request", func() (any, error) {
		go func() { time.Sleep(300 * time.Millisecond); _ = db.PgConn().CancelRequest(ctx) }()
		_, err := db.Exec(ctx, "select pg_sleep(20)")
		return state(err) == "57014", nil
	})
	s.Do("listen and notify", func() (any, error) {
		if _, err := db.Exec(ctx, "listen ch"); err != nil {
			return nil, err
		}
		if _, err := db.Exec(ctx, "select pg_notify($1, $2)", "ch", "hello"); err != nil {
			return nil, err
		}
		n, err := db.WaitForNotification(ctx)
		if err != nil {
			return nil, err
		}
		return []string{n.Channel, n.Payload}, nil
	})
	s.Do("notice", func() (any, error) { _, err := db.Exec(ctx, "commit"); return notices, err })
	s.Do("pool", func() (any, error) {
		p, err := pgxpool.New(ctx, step.URL()+"&pool_max_conns=3")
		if err != nil {
			return nil, err
		}
		defer p.Close()
		errs := make(chan error, 9)
		for i := range 9 {
			go func() {
				var x int
				err := p.QueryRow(ctx, "select $1::int", i).Scan(&x)
				if err == nil && x != i {
					err = fmt.Errorf("%d", x)
				}
				errs <- err
			}()
		}
		for range 9 {
			err = errors.Join(err, <-errs)
		}
		return true, err
	})
	s.Do("empty query", func() (any, error) {
		_, err := db.Exec(ctx, "")
		_, err2 := db.Exec(ctx, "-- ping")
		return true, errors.Join(err, err2)
	})
	if !step.Control {
		s.Do("insert returning, delete", func() (any, error) {
			var r, a, id string
			if err := db.QueryRow(ctx, step.Resource).Scan(&r, &a); err != nil {
				return nil, err
			}
			if err := db.QueryRow(ctx, step.Insert, r, a, "arn:aws:s3:::flowgres-ci/pgx/").Scan(&id); err != nil {
				return nil, err
			}
			t, err := db.Exec(ctx, `delete from ec2.flow_logs where "flowLogId" = $1`, id)
			return t.RowsAffected() == 1, err
		})
	}
	_ = db.Close(ctx)
	s.Done()
}
