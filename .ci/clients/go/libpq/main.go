// Program libpq drives lib/pq through database/sql.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/lib/pq"

	"clients/step"
)

func state(err error) string {
	var e *pq.Error
	if errors.As(err, &e) {
		return string(e.Code)
	}
	return fmt.Sprint(err)
}

type queryer interface {
	Query(string, ...any) (*sql.Rows, error)
}

func rows(db queryer, q string, args ...any) (any, error) {
	r, err := db.Query(q, args...)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cols, err := r.ColumnTypes()
	if err != nil {
		return nil, err
	}
	var out [][]string
	for r.Next() {
		v, p := make([]any, len(cols)), make([]any, len(cols))
		for i := range v {
			p[i] = &v[i]
		}
		if err := r.Scan(p...); err != nil {
			return nil, err
		}
		var s []string
		for i, x := range v {
			if b, ok := x.([]byte); ok {
				x = string(b)
			}
			s = append(s, fmt.Sprintf("%s %T %v", cols[i].DatabaseTypeName(), x, x))
		}
		out = append(out, s)
	}
	return out, r.Err()
}

func main() {
	ctx := context.Background()
	s := step.New("libpq", "github.com/lib/pq")
	db, err := sql.Open("postgres", step.URL()+"&application_name=app&search_path=ec2&statement_timeout=30000")
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(3)
	s.Do("ping", func() (any, error) { return true, db.Ping() })
	s.Do("settings", func() (any, error) {
		return rows(db, "select current_setting('search_path'), current_setting('datestyle')")
	})
	s.Do("schema", func() (any, error) {
		return rows(db, "select column_name, data_type, is_nullable from information_schema.columns where table_schema = $1 and table_name = $2 order by ordinal_position", "ec2", "flow_logs")
	})
	s.Do("column types", func() (any, error) {
		r, err := db.Query("select * from flow_logs limit 1")
		if err != nil {
			return nil, err
		}
		defer r.Close()
		cols, err := r.ColumnTypes()
		var out []any
		for _, c := range cols {
			l, ok := c.Length()
			out = append(out, []any{c.Name(), c.DatabaseTypeName(), l, ok})
		}
		return out, err
	})
	types := `select 1::int2, 3::int8, 2.5::float8, 1.25::numeric(6,2), 'x'::text, true, '2024-01-02'::date, '2024-01-02 03:04:05.678+00'::timestamptz, '\xdead'::bytea, '{"a": 1}'::jsonb, array[1,2], null, 'y'::varchar(5), '01:02'::time`
	s.Do("types", func() (any, error) { return rows(db, types) })
	s.Do("arrays", func() (any, error) {
		var i []int64
		var t []string
		err := db.QueryRow("select $1::int[], $2::text[]", pq.Array([]int{1, 2}), pq.Array([]string{"a", "b,\""})).Scan(pq.Array(&i), pq.Array(&t))
		return []any{i, t}, err
	})
	s.Do("parameters", func() (any, error) {
		return rows(db, `select region, count(*) from flow_logs where region = any($1) and "maxAggregationInterval" = $2 and "creationTime" > $3 group by 1 order by 1`, pq.Array([]string{"us-east-1", "eu-west-1"}), 600, time.Unix(0, 0))
	})
	s.Do("round trip of parameters", func() (any, error) {
		return rows(db, "select $1::int, $2::text, $3::bytea, $4::bool, $5::timestamptz, $6::float8, $7::text", 1, "é", []byte{0, 255}, true, time.Unix(0, 0).UTC(), 1.5, nil)
	})
	s.Do("binary parameters", func() (any, error) {
		d, err := sql.Open("postgres", step.URL()+"&binary_parameters=yes")
		if err != nil {
			return nil, err
		}
		defer d.Close()
		return rows(d, "select $1::int, $2::bytea, $3::text", 1, []byte{0, 255}, "é")
	})
	s.Do("prepared", func() (any, error) {
		st, err := db.Prepare("select count(*) from flow_logs where region = $1")
		if err != nil {
			return nil, err
		}
		var out []int
		for _, r := range []string{"us-east-1", "eu-west-1"} {
			var n int
			if err := st.QueryRow(r).Scan(&n); err != nil {
				return nil, err
			}
			out = append(out, n)
		}
		return out, st.Close()
	})
	s.Do("result sets", func() (any, error) {
		r, err := db.Query("select 1; select 2")
		if err != nil {
			return nil, err
		}
		defer r.Close()
		n := 0
		for ok := true; ok; ok = r.NextResultSet() {
			for r.Next() {
				n++
			}
		}
		return n == 2, r.Err()
	})
	s.Do("error", func() (any, error) {
		_, err := db.Exec("select nope from flow_logs")
		return state(err) == "42703", nil
	})
	s.Do("transaction with savepoint", func() (any, error) {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable, ReadOnly: true})
		if err != nil {
			return nil, err
		}
		_, err = tx.Exec("savepoint a")
		_, e := tx.Exec("select 1/0")
		_, err2 := tx.Exec("rollback to a")
		var l string
		err3 := tx.QueryRow("show transaction_isolation").Scan(&l)
		return []string{state(e), l}, errors.Join(err, err2, err3, tx.Commit())
	})
	s.Do("cancel by context", func() (any, error) {
		c, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		_, err := db.ExecContext(c, "select pg_sleep(20)")
		return err != nil, db.Ping()
	})
	s.Do("listen and notify", func() (any, error) {
		l := pq.NewListener(step.URL(), time.Second, time.Second, nil)
		defer l.Close()
		if err := l.Listen("ch"); err != nil {
			return nil, err
		}
		if _, err := db.Exec("notify ch, 'hello'"); err != nil {
			return nil, err
		}
		select {
		case n := <-l.Notify:
			return []string{n.Channel, n.Extra}, l.Ping()
		case <-time.After(5 * time.Second):
			return false, nil
		}
	})
	s.Do("copy is refused or taken as PostgreSQL does", func() (any, error) {
		_, err := db.Exec("copy (select 1) to stdout")
		return err != nil, db.Ping()
	})
	s.Do("empty query", func() (any, error) { _, err := db.Exec(";"); return true, err })
	if !step.Control {
		s.Do("insert returning, delete", func() (any, error) {
			var r, a, id string
			if err := db.QueryRow(step.Resource).Scan(&r, &a); err != nil {
				return nil, err
			}
			if err := db.QueryRow(step.Insert, r, a, "arn:aws:s3:::flowgres-ci/libpq/").Scan(&id); err != nil {
				return nil, err
			}
			res, err := db.Exec(`delete from ec2.flow_logs where "flowLogId" = $1`, id)
			if err != nil {
				return nil, err
			}
			n, err := res.RowsAffected()
			return n == 1, err
		})
	}
	_ = db.Close()
	s.Done()
}
