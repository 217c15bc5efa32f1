// Program bun drives uptrace/bun with pgdriver.
package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/driver/pgdriver"

	"clients/step"
)

// Log is a flow log.
type Log struct {
	bun.BaseModel `bun:"table:ec2.flow_logs,alias:l"`

	ID                 string            `bun:"flowLogId,pk,nullzero"`
	ResourceID         string            `bun:"resourceId"`
	TrafficType        string            `bun:"trafficType"`
	LogDestinationType string            `bun:"logDestinationType"`
	LogDestination     string            `bun:"logDestination"`
	CreationTime       time.Time         `bun:"creationTime,nullzero"`
	Tags               map[string]string `bun:"tags,type:jsonb,nullzero"`
	Region             string            `bun:"region"`
	AccountID          string            `bun:"accountId"`
}

func state(err error) string {
	var e pgdriver.Error
	if errors.As(err, &e) {
		return e.Field('C')
	}
	return "none"
}

func main() {
	ctx := context.Background()
	s := step.New("bun", "github.com/uptrace/bun")
	conn := pgdriver.NewConnector(pgdriver.WithDSN(step.URL()), pgdriver.WithApplicationName("app"), pgdriver.WithConnParams(map[string]any{"search_path": "public,ec2"}))
	pool := sql.OpenDB(conn)
	db := bun.NewDB(pool, pgdialect.New())
	s.Do("ping", func() (any, error) { return true, db.Ping() })
	s.Do("select", func() (any, error) {
		var first Log
		var ids []string
		n, err := db.NewSelect().Model((*Log)(nil)).Where("region IN (?)", bun.In([]string{"us-east-1", "eu-west-1"})).Where(`"creationTime" > ?`, time.Unix(0, 0)).Count(ctx)
		err2 := db.NewSelect().Model(&first).OrderExpr(`"flowLogId"`).Limit(1).Scan(ctx)
		err3 := db.NewSelect().Model((*Log)(nil)).Column("flowLogId").OrderExpr(`"flowLogId"`).Limit(2).Offset(1).Scan(ctx, &ids)
		ok, err4 := db.NewSelect().Model((*Log)(nil)).Where("region = ?", "us-east-1").Exists(ctx)
		return []any{n, first.ID, first.Tags, ids, ok}, errors.Join(err, err2, err3, err4)
	})
	s.Do("group", func() (any, error) {
		var out []struct {
			Region string
			N      int
		}
		return &out, db.NewSelect().Model((*Log)(nil)).Column("region").ColumnExpr("count(*) as n").Group("region").OrderExpr("region").Scan(ctx, &out)
	})
	s.Do("cte, union", func() (any, error) {
		var n int
		q := db.NewSelect().Model((*Log)(nil)).Column("region").Where("region = ?", "us-east-1")
		return &n, db.NewSelect().With("x", q.UnionAll(db.NewSelect().Model((*Log)(nil)).Column("region"))).TableExpr("x").ColumnExpr("count(*)").Scan(ctx, &n)
	})
	s.Do("raw", func() (any, error) {
		var a int
		var b string
		var c []int
		err := db.NewRaw("select ?, ?, ?::int[]", 1, "é'", "{1,2}").Scan(ctx, &a, &b, pgdialect.Array(&c))
		return []any{a, b, c}, err
	})
	s.Do("prepared", func() (any, error) {
		st, err := db.Prepare("select count(*) from ec2.flow_logs where region = $1")
		if err != nil {
			return nil, err
		}
		var n int
		return &n, errors.Join(st.QueryRow("us-east-1").Scan(&n), st.Close())
	})
	s.Do("error", func() (any, error) {
		_, err := db.Exec("select nope from ec2.flow_logs")
		return state(err) == "42703", nil
	})
	s.Do("transaction with savepoint", func() (any, error) {
		var st string
		err := db.RunInTx(ctx, &sql.TxOptions{}, func(ctx context.Context, tx bun.Tx) error {
			st = state(tx.RunInTx(ctx, nil, func(ctx context.Context, u bun.Tx) error { _, err := u.Exec("select 1/0"); return err }))
			_, err := tx.Exec("select 1")
			return err
		})
		return st, err
	})
	s.Do("copy out", func() (any, error) {
		c, err := db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		var b bytes.Buffer
		_, err = pgdriver.CopyTo(ctx, c, &b, "copy (select region from ec2.flow_logs) to stdout")
		return bytes.Count(b.Bytes(), []byte("\n")) > 100, err
	})
	s.Do("timeout", func() (any, error) {
		c, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		_, err := db.ExecContext(c, "select pg_sleep(20)")
		return err != nil, db.Ping()
	})
	s.Do("listen and notify", func() (any, error) {
		ln := pgdriver.NewListener(db)
		defer ln.Close()
		if err := ln.Listen(ctx, "ch"); err != nil {
			return nil, err
		}
		time.Sleep(300 * time.Millisecond) // Listen sends and does not wait for the answer
		if _, err := db.Exec("notify ch, 'hello'"); err != nil {
			return nil, err
		}
		ch, payload, err := ln.ReceiveTimeout(ctx, 5*time.Second)
		return []string{ch, payload}, err
	})
	if !step.Control {
		s.Do("insert returning, delete", func() (any, error) {
			var r, a string
			if err := db.NewRaw(step.Resource).Scan(ctx, &r, &a); err != nil {
				return nil, err
			}
			l := &Log{ResourceID: r, AccountID: a, Region: "us-east-1", TrafficType: "ALL", LogDestinationType: "s3", LogDestination: "arn:aws:s3:::flowgres-ci/bun/"}
			if _, err := db.NewInsert().Model(l).Returning(`"flowLogId"`).Exec(ctx); err != nil {
				return nil, err
			}
			if _, err := db.NewUpdate().Model(l).Set("tags = ?", map[string]string{"ci": "bun"}).WherePK().Exec(ctx); err != nil {
				return nil, err
			}
			res, err := db.NewDelete().Model(l).WherePK().Exec(ctx)
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
