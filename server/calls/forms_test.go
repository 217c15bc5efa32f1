package calls

// formShapes are queries of the call table that say in other forms what is asked: as
// patterns, in subqueries with columns that ask more, in JSON, in pairs.
var formShapes = []callShape{
	// As many rows as are wanted, whatever says which.
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = 'us-west-2' AND "resourceId" LIKE 'vpc-%' LIMIT 3`, fewest: 1, any: true},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = 'us-west-2' AND "resourceId" LIKE 'vpc-001a2b__' LIMIT 1`, fewest: 1, any: true},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = 'us-west-2' AND starts_with("resourceId", 'vpc-') LIMIT 3`, fewest: 1, any: true},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = 'us-west-2' AND "resourceId" ^@ 'vpc-' LIMIT 3`, fewest: 1, any: true},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = 'us-west-2' AND "logGroupName" LIKE '/vpc/%' LIMIT 2`, fewest: 1, any: true},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = 'us-west-2' AND tags->>'env' LIKE 'pr%' LIMIT 2`, fewest: 1, any: true},
	{sql: `SELECT EXISTS (SELECT 1 FROM flow_logs WHERE region = 'us-west-2' AND "resourceId" LIKE 'vpc-%')`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = 'us-west-2' AND random() < 2 LIMIT 30`, fewest: 1, any: true},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = 'us-west-2' AND random() < 0 LIMIT 2`, fewest: 1},
	{sql: `SELECT s.f FROM (SELECT "flowLogId" f, (SELECT jsonb_agg(t ORDER BY t) FROM jsonb_array_elements(x."tagSet") t) j FROM flow_logs x) s LIMIT 3`, fewest: 1, any: true},
	{sql: `SELECT s.* FROM (SELECT "flowLogId" f, (SELECT jsonb_agg(t ORDER BY t) FROM jsonb_array_elements(x."tagSet") t) j FROM flow_logs x WHERE region = 'us-west-2') s LIMIT 3`, fewest: 1, any: true},
	{sql: `SELECT s.f FROM (SELECT "flowLogId" f, random() r FROM flow_logs x WHERE region = 'us-west-2') s LIMIT 6`, fewest: 1, any: true},
	{sql: `SELECT s.f FROM (SELECT "flowLogId" f, random() r FROM flow_logs x WHERE region = 'us-west-2') s WHERE r < 0 LIMIT 6`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = 'us-west-2' ORDER BY "flowLogId" OFFSET 5 LIMIT 3`, fewest: 1},

	// Pairs, however they come.
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE (region, "trafficType") IN (SELECT * FROM (VALUES ('us-west-2', 'ALL'), ('us-west-2', 'REJECT')) v)`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs f JOIN (VALUES ('us-west-2', 'ALL'), ('eu-west-1', 'REJECT')) v(r, t) ON f.region = v.r AND f."trafficType" = v.t`, fewest: 2},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE ("accountId", region) IN (('999999999999', 'us-east-1'), ('111122223333', 'us-west-2'))`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE ("accountId", region) IN (('999999999999', 'us-west-2'))`, fewest: 0},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE "accountId" LIKE '9%'`, fewest: 0},

	// The region, told by other expressions.
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = (ARRAY['us-west-2', 'x'])[1]`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = split_part('a,us-west-2', ',', 2)`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = format('%s-%s-%s', 'us', 'west', 2)`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = (SELECT max(r) FROM (VALUES ('us-west-2'), ('eu-west-1')) v(r))`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE CASE region WHEN 'us-west-2' THEN 1 ELSE 0 END = 1`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE coalesce(region = 'us-west-2', false)`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE 'x' || region = 'xus-west-2'`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE left(region, 4) = 'us-w'`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region SIMILAR TO 'us-west-[0-9]'`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = coalesce(nullif($1, ''), region)`, params: []string{"us-west-2"}, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE ($1::text IS NULL OR region = $1) AND ($2::text IS NULL OR "trafficType" = $2)`, params: []string{"us-west-2", "ALL"}, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs f WHERE to_jsonb(f) @> '{"region": "us-west-2"}'`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs f WHERE to_jsonb(f) @> jsonb_build_object('region', 'us-west-2', 'trafficType', 'ALL')`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs f WHERE '{"region": "us-west-2", "trafficType": "ALL"}' <@ to_jsonb(f)`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs f WHERE NOT (to_jsonb(f) @> '{"region": "us-west-2"}')`, fewest: 2},
	{sql: `SELECT "flowLogId", to_jsonb(f) @> '{"trafficType": "ALL"}' FROM flow_logs f WHERE region = 'us-west-2'`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = 'us-west-2' AND tags #>> '{env}' = 'prod'`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = 'us-west-2' AND jsonb_extract_path_text(tags, 'env') IN ('prod', 'dev')`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = 'us-west-2' AND tags #>> '{env}' IS NOT NULL`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = 'us-west-2' AND tags #>> '{0}' = 'prod'`, fewest: 1},

	// Above groups, windows, DISTINCT and outer joins.
	{sql: `SELECT * FROM (SELECT region AS r, count(*) FROM flow_logs GROUP BY region) x WHERE r = 'us-west-2'`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM (SELECT *, row_number() OVER (PARTITION BY region ORDER BY "creationTime") n FROM flow_logs) x WHERE region = 'us-west-2' AND n = 1`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM (SELECT DISTINCT ON (region) * FROM flow_logs ORDER BY region, "creationTime") x WHERE region = 'us-west-2'`, fewest: 1},
	{sql: `SELECT v.r FROM (VALUES ('us-west-2'), ('eu-west-1')) v(r) LEFT JOIN flow_logs f ON f.region = v.r WHERE f.region = 'us-west-2'`, fewest: 1},
	{sql: `SELECT v.r, f."flowLogId" FROM (VALUES ('us-west-2'), ('mars-1')) v(r) LEFT JOIN flow_logs f ON f.region = v.r`, fewest: 1},
	{sql: `SELECT v.r FROM flow_logs f RIGHT JOIN (VALUES ('us-west-2'), ('eu-west-1')) v(r) ON f.region = v.r`, fewest: 2},
	{sql: `SELECT v.r FROM (VALUES ('us-west-2'), ('eu-west-1')) v(r) WHERE v.r NOT IN (SELECT region FROM flow_logs WHERE region IN ('us-west-2', 'eu-west-1'))`, fewest: 2},
	{sql: `SELECT (SELECT count(*) FROM flow_logs WHERE region = 'us-west-2'), (SELECT max("creationTime") FROM flow_logs WHERE region = 'us-west-2')`, fewest: 1},
	{sql: `WITH a AS (SELECT * FROM flow_logs WHERE region = 'us-west-2') SELECT count(*) FROM a x JOIN a y USING ("resourceId")`, fewest: 1},
	{sql: `SELECT count(*) FILTER (WHERE "trafficType" = 'ALL') FROM flow_logs WHERE region = 'us-west-2'`, fewest: 1},
	{sql: `SELECT count(*) FROM flow_logs WHERE region = 'us-west-2' AND tags->>'env' = 'prod' AND tags->>'env' = 'dev'`, fewest: 0},
}
