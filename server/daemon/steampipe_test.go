package daemon

import (
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/server/config"
	"github.com/flowgres/flowgres/server/demo"
)

// TestSteampipeView asks the view as Steampipe's users do and counts the calls:
// conditions have to go down through it.
func TestSteampipeView(t *testing.T) {
	c := config.New()
	fleet, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer fleet.Stop()
	if err := fleet.Use(c); err != nil {
		t.Fatal(err)
	}
	addr, end, err := InProcess(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	conn, err := pgconn.Connect(t.Context(), "postgres://demo@"+addr+"/aws?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	value := func(sql string) string {
		t.Helper()
		out, err := conn.Exec(t.Context(), sql).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return string(out[0].Rows[0][0])
	}
	calls := func() int {
		n, err := strconv.Atoi(value(`SELECT count(*) FROM flowgres.api_calls WHERE action = 'DescribeFlowLogs' AND code IS NULL`))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	const regions = 6 // of four accounts
	for _, q := range []struct {
		where string
		calls int
	}{
		{"true", 4 * regions},
		{"region = 'us-east-1'", 4},
		{"region = 'us-east-1' AND account_id = '222233334444'", 1},
		{"account_id = '222233334444' AND traffic_type = 'REJECT' AND tags ->> 'env' = 'prod'", regions},
		{"account_id = '222233334444' AND title = 'nothing' AND region LIKE 'us-%'", 3},
		{"region = 'mars-1'", 0},
		{"region = 'us-east-1' AND region = 'eu-west-1'", 0},
	} {
		before := calls()
		table := value(`SELECT count(*) FROM ec2.flow_logs`)
		all := calls() - before
		if q.where == "true" && value("SELECT count(*) FROM aws_vpc_flow_log") != table {
			t.Error("the view has other rows than the table")
		}
		before = calls()
		value("SELECT count(*) FROM aws_vpc_flow_log WHERE " + q.where)
		if n := calls() - before; n != q.calls {
			t.Errorf("WHERE %s: %d calls, want %d (the whole table: %d)", q.where, n, q.calls, all)
		}
	}
	if got := value(`SELECT (count(*) = count(akas ->> 0)) AND bool_and(title IS NOT NULL AND tags_src -> 0 ? 'Key' AND partition = 'aws')
		FROM aws_vpc_flow_log WHERE tags IS NOT NULL`); got != "t" {
		t.Errorf("derived columns: %s", got)
	}
}
