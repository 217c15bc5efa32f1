package planner_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowgres/flowgres/planner/fdw"
)

// fixtureView is a view over the fixture, for scripts that ask for it by "# views".
type fixtureView struct {
	name, sql string
	columns   []fdw.Column
}

func viewColumns(spec string) []fdw.Column {
	oids := map[string]uint32{"text": 25, "int4": 23, "int8": 20, "jsonb": 3802, "row": 2249, "oid": 26}
	var out []fdw.Column
	for _, c := range strings.Fields(spec) {
		name, typ, _ := strings.Cut(c, ":")
		out = append(out, fdw.Column{Name: name, Type: oids[typ], Typmod: -1})
	}
	return out
}

// fixtureViews are views that can be updated, and of every kind that can't.
var fixtureViews = []fixtureView{
	{"logs", `SELECT "flowLogId" AS id,
    "resourceId" AS resource,
    region AS place,
    upper("trafficType") AS traffic,
    tags,
    ( SELECT count(*) AS count
           FROM jsonb_object_keys(f.tags) k(k)) AS n,
    "maxAggregationInterval" AS every,
    "accountId" AS account
   FROM ec2.flow_logs f`, viewColumns("id:text resource:text place:text traffic:text tags:jsonb n:int8 every:int4 account:text")},
	{"west", `SELECT "flowLogId",
    "resourceId",
    tags,
    region,
    "accountId",
    "maxAggregationInterval" / 60 AS minutes
   FROM ec2.flow_logs
  WHERE region = 'us-west-2'::text AND "maxAggregationInterval" > 0`, viewColumns("flowLogId:text resourceId:text tags:jsonb region:text accountId:text minutes:int4")},
	{"twice", `SELECT "flowLogId" AS id,
    tags AS a,
    tags AS b
   FROM ec2.flow_logs`, viewColumns("id:text a:jsonb b:jsonb")},
	{"nested", `SELECT id,
    tags,
    traffic,
    place || '!'::text AS loud
   FROM logs
  WHERE place <> 'eu-west-1'::text`, viewColumns("id:text tags:jsonb traffic:text loud:text")},
	{"computed", `SELECT upper(region) AS r
   FROM ec2.flow_logs`, viewColumns("r:text")},
	{"system", `SELECT tableoid,
    region
   FROM ec2.flow_logs`, viewColumns("tableoid:oid region:text")},
	{"v_distinct", `SELECT DISTINCT region
   FROM ec2.flow_logs`, viewColumns("region:text")},
	{"v_group", `SELECT region
   FROM ec2.flow_logs
  GROUP BY region`, viewColumns("region:text")},
	{"v_having", `SELECT 1 AS one
   FROM ec2.flow_logs
 HAVING true`, viewColumns("one:int4")},
	{"v_union", `SELECT region
   FROM ec2.flow_logs
UNION ALL
 SELECT region
   FROM ec2.flow_logs`, viewColumns("region:text")},
	{"v_with", `WITH w AS (
         SELECT 1
        )
 SELECT region
   FROM ec2.flow_logs`, viewColumns("region:text")},
	{"v_limit", `SELECT region
   FROM ec2.flow_logs
 LIMIT 3`, viewColumns("region:text")},
	{"v_aggs", `SELECT count(*) AS n
   FROM ec2.flow_logs`, viewColumns("n:int8")},
	{"v_window", `SELECT region,
    row_number() OVER () AS n
   FROM ec2.flow_logs`, viewColumns("region:text n:int8")},
	{"v_srf", `SELECT region,
    generate_series(1, 2) AS n
   FROM ec2.flow_logs`, viewColumns("region:text n:int4")},
	{"v_join", `SELECT a.region
   FROM ec2.flow_logs a
     JOIN ec2.flow_logs b USING ("flowLogId")`, viewColumns("region:text")},
	{"v_two", `SELECT a.region
   FROM ec2.flow_logs a,
    ec2.flow_logs b`, viewColumns("region:text")},
	{"v_function", `SELECT g
   FROM generate_series(1, 2) g(g)`, viewColumns("g:int4")},
	{"v_values", `SELECT 1 AS one`, viewColumns("one:int4")},
	{"v_nested", `SELECT region
   FROM v_distinct`, viewColumns("region:text")},
}

// wantsViews tells whether a script asks for the views.
func wantsViews(blocks []*block) bool {
	return slices.ContainsFunc(blocks, func(b *block) bool { return slices.Contains(b.comments, "# views") })
}

// viewsSQL creates the views in PostgreSQL.
func viewsSQL() string {
	var b strings.Builder
	for _, v := range fixtureViews {
		fmt.Fprintf(&b, "create view ec2.%s as %s;\n", v.name, v.sql)
	}
	return b.String()
}

// viewRelations are the views for the engine.
func viewRelations() []fdw.Relation {
	var out []fdw.Relation
	for _, v := range fixtureViews {
		sql := strings.ReplaceAll(strings.ReplaceAll(v.sql, "FROM logs", "FROM ec2.logs"), "FROM v_distinct", "FROM ec2.v_distinct")
		out = append(out, fdw.Relation{Schema: "ec2", Name: v.name, ViewSQL: sql, Columns: v.columns})
	}
	return out
}
