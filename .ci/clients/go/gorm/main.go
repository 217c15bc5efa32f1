// Program gorm drives gorm with its PostgreSQL driver.
package main

import (
	"database/sql"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"

	"clients/step"
)

// Log is a flow log.
type Log struct {
	FlowLogID          string     `gorm:"column:flowLogId;primaryKey;default:null"`
	ResourceID         string     `gorm:"column:resourceId"`
	TrafficType        *string    `gorm:"column:trafficType"`
	LogDestinationType *string    `gorm:"column:logDestinationType"`
	LogDestination     *string    `gorm:"column:logDestination"`
	CreationTime       *time.Time `gorm:"column:creationTime;autoCreateTime:false;default:null"`
	Interval           *int       `gorm:"column:maxAggregationInterval"`
	Tags               *string    `gorm:"column:tags;type:jsonb"`
	Region             string
	AccountID          string `gorm:"column:accountId"`
}

// TableName is the table's.
func (Log) TableName() string { return "ec2.flow_logs" }

func state(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return fmt.Sprint(err)
}

func main() {
	s := step.New("gorm", "gorm.io/gorm")
	db, err := gorm.Open(postgres.Open(step.URL()), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		log.Fatal(err)
	}
	m := db.Migrator()
	s.Do("migrator: current database, has table", func() (any, error) {
		return m.CurrentDatabase() != "" && m.HasTable("ec2.flow_logs") && !m.HasTable("ec2.nosuch") && m.HasColumn("ec2.flow_logs", "region"), nil
	})
	s.Do("migrator: tables", func() (any, error) { return m.GetTables() })
	s.Do("migrator: column types", func() (any, error) {
		cols, err := m.ColumnTypes("ec2.flow_logs")
		var out []any
		for _, c := range cols {
			n, _ := c.Nullable()
			pk, _ := c.PrimaryKey()
			cm, _ := c.Comment()
			l, _ := c.Length()
			d, dok := c.DefaultValue()
			out = append(out, []any{c.Name(), c.DatabaseTypeName(), n, pk, cm, l, d, dok})
		}
		return out, err
	})
	s.Do("migrator: indexes", func() (any, error) {
		ix, err := m.GetIndexes("ec2.flow_logs")
		var out []any
		for _, i := range ix {
			pk, _ := i.PrimaryKey()
			u, _ := i.Unique()
			out = append(out, []any{i.Name(), i.Columns(), pk, u, i.Option()})
		}
		return []any{out, m.HasIndex("ec2.flow_logs", "flow_logs_pkey"), m.HasConstraint("ec2.flow_logs", "flow_logs_pkey")}, err
	})
	s.Do("find", func() (any, error) {
		var first, last Log
		var ids []string
		var n, k int64
		err := errors.Join(db.First(&first).Error, db.Last(&last).Error, db.Model(&Log{}).Where("region IN ?", []string{"us-east-1", "eu-west-1"}).Not(`"trafficType" = ?`, "ALL").Count(&n).Error,
			db.Model(&Log{}).Order(`"flowLogId"`).Limit(2).Offset(1).Pluck(`"flowLogId"`, &ids).Error, db.Model(&Log{}).Where("tags->>'env' = ?", "prod").Count(&k).Error)
		nf := db.First(&Log{}, `"flowLogId" = ?`, "fl-nosuch").Error
		return []any{first.FlowLogID, last.FlowLogID, n, ids, k, errors.Is(nf, gorm.ErrRecordNotFound)}, err
	})
	s.Do("group and having", func() (any, error) {
		var out []struct {
			Region string
			N      int64
		}
		return &out, db.Model(&Log{}).Select("region, count(*) as n").Group("region").Having("count(*) > ?", 1).Order("region").Scan(&out).Error
	})
	s.Do("batches", func() (any, error) {
		n := 0
		var l []Log
		err := db.FindInBatches(&l, 50, func(tx *gorm.DB, _ int) error { n += len(l); return nil }).Error
		return n > 100, err
	})
	s.Do("rows", func() (any, error) {
		r, err := db.Raw("select generate_series(1, ?)", 5).Rows()
		if err != nil {
			return nil, err
		}
		defer r.Close()
		n := 0
		for r.Next() {
			n++
		}
		return n == 5, r.Err()
	})
	s.Do("raw with names", func() (any, error) {
		var n int64
		return &n, db.Raw("select count(*) from ec2.flow_logs where region = @r", sql.Named("r", "us-east-1")).Scan(&n).Error
	})
	s.Do("error", func() (any, error) { return state(db.Exec("select nope from ec2.flow_logs").Error) == "42703", nil })
	s.Do("transaction with savepoint", func() (any, error) {
		var st string
		err := db.Transaction(func(tx *gorm.DB) error {
			st = state(tx.Transaction(func(u *gorm.DB) error { return u.Exec("select 1/0").Error }))
			return tx.Exec("select 1").Error
		}, &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
		return st, err
	})
	s.Do("prepared mode and simple protocol", func() (any, error) {
		var n, k int64
		p := db.Session(&gorm.Session{PrepareStmt: true})
		err := errors.Join(p.Model(&Log{}).Where("region = ?", "us-east-1").Count(&n).Error, p.Model(&Log{}).Where("region = ?", "us-east-1").Count(&n).Error)
		d, err2 := gorm.Open(postgres.New(postgres.Config{DSN: step.URL(), PreferSimpleProtocol: true}), &gorm.Config{Logger: logger.Discard})
		if err2 != nil {
			return nil, err2
		}
		err2 = d.Model(&Log{}).Where(`region = ? and "creationTime" > ?`, "us-east-1", time.Unix(0, 0)).Count(&k).Error
		return []int64{n, k}, errors.Join(err, err2)
	})
	s.Do("dry run and locking clause", func() (any, error) {
		var l Log
		return true, db.Transaction(func(tx *gorm.DB) error {
			return tx.Clauses(clause.Locking{Strength: "UPDATE"}).First(&l).Error
		})
	})
	s.Do("ping", func() (any, error) {
		d, err := db.DB()
		if err != nil {
			return nil, err
		}
		return true, d.Ping()
	})
	if !step.Control {
		s.Do("create, update, delete", func() (any, error) {
			var x Log
			if err := db.Raw(step.Resource).Scan(&x).Error; err != nil {
				return nil, err
			}
			all, s3, dest := "ALL", "s3", "arn:aws:s3:::flowgres-ci/gorm/"
			l := Log{ResourceID: x.ResourceID, AccountID: x.AccountID, Region: "us-east-1", TrafficType: &all, LogDestinationType: &s3, LogDestination: &dest}
			if err := db.Omit("Tags", "Interval").Create(&l).Error; err != nil {
				return nil, err
			}
			if l.FlowLogID == "" {
				return false, nil
			}
			if err := db.Model(&l).Update("tags", `{"ci": "gorm"}`).Error; err != nil {
				return nil, err
			}
			r := db.Delete(&l)
			return r.RowsAffected == 1, r.Error
		})
	}
	s.Done()
}
