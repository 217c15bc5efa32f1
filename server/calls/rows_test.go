package calls

// rowShapes are the queries of the call table that turn on how few rows, and pages,
// tell what is asked.
var rowShapes = []callShape{
	// First rows of windows.
	{sql: `SELECT row_number() OVER (ORDER BY region), region FROM flow_logs LIMIT 3`, fewest: 1, any: true},
	{sql: `SELECT row_number() OVER (), region FROM flow_logs LIMIT 3`, fewest: 1, any: true},
	{sql: `SELECT row_number() OVER (), region FROM flow_logs LIMIT 3 OFFSET 2`, fewest: 1, any: true},
	{sql: `SELECT rank() OVER (ORDER BY region), region FROM flow_logs LIMIT 3`, fewest: 1, any: true},
	{sql: `SELECT row_number() OVER (ORDER BY region) rn, region FROM flow_logs ORDER BY rn LIMIT 3`, fewest: 1, any: true},
	{sql: `SELECT row_number() OVER (ORDER BY region) rn, region FROM flow_logs ORDER BY region LIMIT 3`, fewest: 1, any: true},
	{sql: `SELECT row_number() OVER (ORDER BY region DESC) rn, region FROM flow_logs ORDER BY region LIMIT 3`, fewest: 3, any: true},
	{sql: `SELECT row_number() OVER (PARTITION BY region ORDER BY "creationTime") rn, region, "flowLogId" FROM flow_logs LIMIT 3`, fewest: 1},
	{sql: `SELECT count(*) OVER (), region FROM flow_logs LIMIT 3`, fewest: 3, any: true},
	{sql: `SELECT lead("flowLogId") OVER (ORDER BY region), region FROM flow_logs LIMIT 3`, fewest: 3, any: true},
	{sql: `SELECT lag("flowLogId") OVER (ORDER BY region, "flowLogId"), "flowLogId" FROM flow_logs LIMIT 3`, fewest: 1},
	{sql: `SELECT count(*) OVER (ORDER BY region, "flowLogId" ROWS UNBOUNDED PRECEDING), "flowLogId" FROM flow_logs LIMIT 3`, fewest: 1},
	{sql: `SELECT * FROM (SELECT row_number() OVER () rn, region FROM flow_logs) s WHERE rn <= 5`, fewest: 1, any: true},
	{sql: `SELECT * FROM (SELECT row_number() OVER (ORDER BY region, "flowLogId") rn, "flowLogId" FROM flow_logs) s WHERE rn <= 5`, fewest: 1},
	{sql: `SELECT * FROM (SELECT row_number() OVER (ORDER BY region, "flowLogId") rn, "flowLogId" FROM flow_logs) s WHERE rn BETWEEN 3 AND 4`, fewest: 1},
	{sql: `SELECT * FROM (SELECT row_number() OVER (ORDER BY region, "flowLogId") rn, "flowLogId" FROM flow_logs) s WHERE 1 = rn`, fewest: 1},
	{sql: `SELECT * FROM (SELECT row_number() OVER (ORDER BY region, "flowLogId") rn, "flowLogId" FROM flow_logs) s WHERE rn > 85`, fewest: 3},
	{sql: `SELECT * FROM (SELECT rank() OVER (ORDER BY region) rn, "flowLogId" FROM flow_logs) s WHERE rn < 3`, fewest: 1},
	{sql: `SELECT * FROM (SELECT rank() OVER (ORDER BY region) rn, "flowLogId" FROM flow_logs) s WHERE rn <= 31`, fewest: 2},
	{sql: `SELECT * FROM (SELECT rank() OVER (ORDER BY "trafficType") rn, "flowLogId" FROM flow_logs) s WHERE rn = 1`, fewest: 3},
	{sql: `SELECT * FROM (SELECT row_number() OVER () rn, region FROM flow_logs) s WHERE rn < 1`, fewest: 0},
	{sql: `SELECT * FROM (SELECT row_number() OVER (PARTITION BY region ORDER BY "creationTime") rn, region, "flowLogId" FROM flow_logs) s WHERE rn = 1`, fewest: 3},
	{sql: `SELECT * FROM (SELECT row_number() OVER (PARTITION BY region ORDER BY "creationTime") rn, region, "flowLogId" FROM flow_logs) s WHERE rn = 1 AND region = 'us-west-2'`, fewest: 1},

	// Aggregation that always has a row.
	{sql: `SELECT EXISTS (SELECT count(*) FROM flow_logs)`, fewest: 0},
	{sql: `SELECT 1 WHERE NOT EXISTS (SELECT max(region) FROM flow_logs)`, fewest: 0},
	{sql: `SELECT EXISTS (SELECT count(*) FROM flow_logs HAVING count(*) > 100)`, fewest: 3},
	{sql: `SELECT count(*) FROM flow_logs f WHERE EXISTS (SELECT count(*) FROM flow_logs g WHERE g."resourceId" = f."resourceId") AND region = 'us-west-2'`, fewest: 1},

	// Rows and arrays as wholes.
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE ARRAY[region, "trafficType"] = ARRAY['us-west-2', 'ALL']`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE ARRAY['us-west-2', NULL] = ARRAY[region, "trafficType"]`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs f WHERE to_jsonb(f)->>'region' = 'us-west-2'`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs f WHERE row_to_json(f)->>'region' = 'us-west-2' AND to_json(f)->>'trafficType' = 'ALL'`, fewest: 1},

	// Full joins under conditions on what USING makes of both sides.
	{sql: `SELECT a."flowLogId", region FROM flow_logs a FULL JOIN (VALUES ('us-west-2'), ('mars-1')) v(region) USING (region) WHERE region = 'us-west-2'`, fewest: 1},
	{sql: `SELECT a."flowLogId", v.x FROM flow_logs a FULL JOIN (VALUES ('us-west-2'), ('mars-1')) v(x) ON v.x = a.region WHERE coalesce(a.region, v.x) LIKE 'us-w%'`, fewest: 1},
	{sql: `SELECT a."flowLogId", b."flowLogId" FROM flow_logs a FULL JOIN flow_logs b USING (region, "flowLogId") WHERE region = 'us-west-2'`, fewest: 1},
	{sql: `SELECT a."flowLogId", v.x FROM flow_logs a FULL JOIN (VALUES ('us-west-2'), ('mars-1')) v(x) ON v.x = a.region WHERE coalesce(a.region, v.x) IS DISTINCT FROM 'us-west-2'`, fewest: 3},

	// WITH queries that ask subqueries.
	{sql: `WITH w AS (SELECT * FROM flow_logs WHERE "trafficType" IN (SELECT 'ALL')) SELECT (SELECT count(*) FROM w WHERE region = 'us-west-2'), (SELECT count(*) FROM w WHERE region = 'us-west-2' AND "trafficType" = 'ALL')`, fewest: 1},
	{sql: `WITH w AS (SELECT *, (SELECT 1) AS one FROM flow_logs) SELECT (SELECT count(*) FROM w WHERE region = 'us-west-2'), (SELECT min("flowLogId") FROM w WHERE region = 'us-west-2')`, fewest: 1},
	{sql: `WITH w AS (SELECT *, (SELECT count(*) FROM flow_logs g WHERE g.region = f.region) AS n FROM flow_logs f) SELECT (SELECT count(*) FROM w WHERE region = 'us-west-2'), (SELECT min(n) FROM w WHERE region = 'us-west-2')`, fewest: 1},

	// One row of each place, and no more than a first page of it.
	{sql: `SELECT region, "accountId" FROM flow_logs GROUP BY 1, 2`, fewest: 3},
	{sql: `SELECT DISTINCT region FROM flow_logs WHERE "trafficType" = 'ALL'`, fewest: 3},
	{sql: `SELECT count(DISTINCT region), max("accountId") FROM flow_logs`, fewest: 3},
	{sql: `SELECT array_agg(DISTINCT region) FROM flow_logs`, fewest: 3},
	{sql: `SELECT region FROM flow_logs ORDER BY region LIMIT 4 OFFSET 28`, fewest: 2},
}
