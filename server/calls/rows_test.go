package calls

// rowShapes are the queries of the call table that turn on how few rows, and pages,
// tell what is asked.
var rowShapes = []callShape{
	// What one scan of a statement reads serves those of its others that ask for no more, and where it is known
	// what they will ask for no more is read than that.
	{sql: `SELECT CASE WHEN (SELECT count(*) FROM flow_logs WHERE region = 'us-west-2' AND "trafficType" = 'ALL') > 0 THEN (SELECT count(*) FROM flow_logs WHERE region = 'us-west-2' AND "trafficType" = 'REJECT') END`, fewest: 1},
	{sql: `SELECT CASE WHEN (SELECT count(*) FROM flow_logs WHERE region = 'us-west-2' AND "trafficType" = 'ALL') > 0 THEN (SELECT count(*) FROM flow_logs WHERE region = 'us-west-2' AND "trafficType" = 'ALL' AND "logDestinationType" = 's3') END`, fewest: 1},
	{sql: `SELECT f."flowLogId", g."flowLogId" FROM flow_logs f JOIN flow_logs g ON f."resourceId" = g."resourceId" WHERE f.region = 'us-west-2' AND g.region = 'us-west-2' AND f."trafficType" = 'ALL' AND g."trafficType" = 'ALL'`, fewest: 1},
	{sql: `SELECT f."flowLogId", g."flowLogId" FROM flow_logs f JOIN flow_logs g ON f."resourceId" = g."resourceId" WHERE f.region = 'us-west-2' AND g.region = 'us-west-2' AND f."trafficType" = 'ALL' AND g."trafficType" = 'ACCEPT'`, fewest: 1},
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
	{sql: `SELECT a."flowLogId", v.x FROM flow_logs a FULL JOIN (VALUES ('us-west-2'), ('mars-1')) v(x) ON v.x = a.region WHERE coalesce(a.region, v.x) IS DISTINCT FROM 'us-west-2'`, fewest: 2},

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

	// The first rows of several branches.
	{sql: `SELECT region FROM flow_logs WHERE region = 'us-west-2' UNION SELECT region FROM flow_logs ORDER BY 1 LIMIT 1`, fewest: 1},
	{sql: `SELECT region, "flowLogId" FROM flow_logs UNION SELECT region, "flowLogId" FROM flow_logs ORDER BY 1, 2 LIMIT 1`, fewest: 1},
	{sql: `SELECT region, "flowLogId" FROM flow_logs UNION ALL SELECT region, "flowLogId" FROM flow_logs ORDER BY 1, 2 LIMIT 25`, fewest: 1},
	{sql: `SELECT region, "flowLogId" FROM flow_logs UNION ALL SELECT region, "flowLogId" FROM flow_logs ORDER BY 1, 2 LIMIT 35`, fewest: 1},
	{sql: `SELECT * FROM (SELECT region, "flowLogId" FROM flow_logs UNION ALL SELECT 'a', 'b') u ORDER BY region, 2 LIMIT 2`, fewest: 1},
	{sql: `SELECT "trafficType" FROM flow_logs UNION SELECT "trafficType" FROM flow_logs ORDER BY 1 LIMIT 1`, fewest: 3},

	// What many rows ask for, read at once.
	{sql: `SELECT v.id, (SELECT count(*) FROM flow_logs f WHERE f."resourceId" = v.id) FROM (VALUES ('vpc-001a2b00'), ('vpc-001a2b04'), ('vpc-x')) v(id)`, fewest: 3},
	{sql: `SELECT v.id, EXISTS (SELECT 1 FROM flow_logs f WHERE f."resourceId" = v.id) FROM (VALUES ('vpc-001a2b00'), ('vpc-001a2b04'), ('vpc-x')) v(id)`, fewest: 3},
	{sql: `SELECT u.id, (SELECT count(*) FROM flow_logs f WHERE f."resourceId" = u.id) FROM unnest(ARRAY['vpc-001a2b00', NULL, 'vpc-x']) u(id)`, fewest: 3},
	{sql: `SELECT v.id, l.n FROM (VALUES ('vpc-001a2b00'), ('vpc-x')) v(id), LATERAL (SELECT count(*) AS n FROM flow_logs f WHERE f."resourceId" = v.id) l`, fewest: 3},
	{sql: `SELECT v.id, l."flowLogId" FROM (VALUES ('vpc-001a2b00'), ('vpc-x')) v(id) LEFT JOIN LATERAL (SELECT * FROM flow_logs f WHERE f."resourceId" = v.id ORDER BY "creationTime" LIMIT 1) l ON true`, fewest: 3},
	{sql: `SELECT f."flowLogId", (SELECT count(*) FROM flow_logs g WHERE g."resourceId" = f."resourceId") FROM flow_logs f WHERE region = 'us-west-2'`, fewest: 3},
	{sql: `SELECT f."flowLogId", (SELECT count(*) FROM flow_logs g WHERE g."resourceId" = f."resourceId" AND g.region = f.region) FROM flow_logs f WHERE region = 'us-west-2'`, fewest: 1},
	{sql: `SELECT f."flowLogId", EXISTS (SELECT 1 FROM flow_logs g WHERE g."resourceId" = f."resourceId" AND g."flowLogId" <> f."flowLogId") FROM flow_logs f WHERE region = 'us-west-2'`, fewest: 3},
	{sql: `SELECT v.x FROM (VALUES ('us-west-2'), ('mars-1')) v(x) WHERE v.x NOT IN (SELECT region FROM flow_logs)`, fewest: 1},
	{sql: `SELECT v.x, v.x IN (SELECT region FROM flow_logs WHERE "trafficType" = 'ALL') FROM (VALUES ('us-west-2'), ('mars-1')) v(x)`, fewest: 1},
	{sql: `SELECT v.x, v.x NOT IN (SELECT region FROM flow_logs WHERE region = 'eu-west-1') FROM (VALUES ('us-west-2'), (NULL)) v(x)`, fewest: 1},
	{sql: `SELECT v.x, v.x IN (SELECT "resourceId" FROM flow_logs) FROM (VALUES ('vpc-001a2b00'), ('vpc-x')) v(x)`, fewest: 3},
	{sql: `SELECT v.x, v.x IN (SELECT "trafficType" FROM flow_logs) FROM (VALUES ('ALL'), ('X')) v(x)`, fewest: 3},

	// What aggregates pass over.
	{sql: `SELECT count(*) FILTER (WHERE region = 'us-west-2') FROM flow_logs`, fewest: 1},
	{sql: `SELECT count(*) FILTER (WHERE region = 'mars-1'), max(region) FILTER (WHERE region = 'mars-1') FROM flow_logs`, fewest: 0},
	{sql: `SELECT count(*) FILTER (WHERE region = 'us-west-2'), max("creationTime") FILTER (WHERE region = 'eu-west-1' AND "trafficType" = 'ALL') FROM flow_logs`, fewest: 2},
	{sql: `SELECT count(*) FILTER (WHERE region = 'us-west-2'), count(*) FROM flow_logs`, fewest: 3},
	{sql: `SELECT count(CASE WHEN region = 'us-west-2' THEN 1 END), sum(CASE WHEN region LIKE 'us-w%' THEN 2 END) FROM flow_logs`, fewest: 1},
	{sql: `SELECT sum(CASE WHEN region = 'us-west-2' THEN 1 ELSE 0 END) FROM flow_logs`, fewest: 3},
	{sql: `SELECT region, count(*) FILTER (WHERE region = 'us-west-2') FROM flow_logs GROUP BY region`, fewest: 3},

	// What is asked of tags taken apart.
	{sql: `SELECT count(*) FROM flow_logs f WHERE EXISTS (SELECT 1 FROM jsonb_array_elements(f."tagSet") t WHERE t->>'key' = 'team')`, fewest: 3},
	{sql: `SELECT count(*) FROM flow_logs f WHERE EXISTS (SELECT 1 FROM jsonb_array_elements(f."tagSet") t WHERE t->>'key' = 'env' AND t->>'value' = 'prod')`, fewest: 3},
	{sql: `SELECT count(*) FROM flow_logs f, jsonb_array_elements(f."tagSet") t WHERE t->>'key' = 'team'`, fewest: 3},
	{sql: `SELECT count(*) FROM flow_logs f CROSS JOIN LATERAL jsonb_array_elements("tagSet") AS t(tag) WHERE tag->>'key' = 'env' AND tag->>'value' = 'prod'`, fewest: 3},
	{sql: `SELECT count(*) FROM flow_logs f, jsonb_to_recordset(f."tagSet") t(key text, value text) WHERE t.key = 'env' AND t.value = 'prod'`, fewest: 3},
	{sql: `SELECT count(*) FROM flow_logs f, jsonb_each_text(f.tags) t WHERE t.key = 'env' AND t.value = 'prod'`, fewest: 3},
	{sql: `SELECT count(*) FROM flow_logs f, jsonb_each_text(f.tags) t WHERE t.key = 'env'`, fewest: 3},
	{sql: `SELECT count(*) FROM flow_logs f, jsonb_object_keys(f.tags) k WHERE k = 'team'`, fewest: 3},
	{sql: `SELECT count(*) FROM flow_logs f WHERE 'team' IN (SELECT jsonb_object_keys(f.tags))`, fewest: 3},
	{sql: `SELECT count(*) FROM flow_logs f WHERE EXISTS (SELECT FROM jsonb_each_text(f.tags) t WHERE t.key = 'env' AND t.value = 'prod')`, fewest: 3},
	{sql: `SELECT count(*) FROM flow_logs f LEFT JOIN LATERAL jsonb_array_elements(f."tagSet") t ON t->>'key' = 'team'`, fewest: 3},
	{sql: `SELECT count(*) FROM flow_logs f, jsonb_array_elements(f."tagSet") t WHERE t->>'value' = '5' OR t->>'key' = 'team'`, fewest: 3},
	{sql: `SELECT count(*) FROM flow_logs f, jsonb_array_elements(f."tagSet") t WHERE t->>'value' = 'true'`, fewest: 3},
	{sql: `SELECT count(*) FROM flow_logs f WHERE NOT EXISTS (SELECT 1 FROM jsonb_array_elements(f."tagSet") t WHERE t->>'key' = 'team')`, fewest: 3},
}
