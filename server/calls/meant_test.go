package calls

// meantShapes are the queries of the call table that ask the same as a filter does in other
// words: the column of flow logs in the replies tells whether the filter was found.
var meantShapes = []callShape{
	// One of several patterns.
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE "trafficType" LIKE ANY (ARRAY['REJECT', 'ACC%'])`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE "resourceId" LIKE 'vpc-001a2b3%' OR "resourceId" LIKE 'vpc-001a2b0%'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE "resourceId" LIKE 'vpc-001a2b3%' OR "resourceId" = 'vpc-001a2b00'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE "trafficType" ~ '^(REJECT|ACCEPT)$'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE "trafficType" ~ '^REJ|^ACC'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE "trafficType" ~ 'EJ'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE "trafficType" SIMILAR TO '(REJECT|ACCEPT)'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE "resourceId" ~ '^(vpc-001a2b3|subnet)'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE split_part("resourceId", '-', 1) = 'subnet'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE split_part("resourceId", '-', 1) IN ('subnet', 'eni')`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE "resourceId" >= 'vpc-001a2b3' AND "resourceId" < 'vpc-001a2b4'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE "resourceId" BETWEEN 'vpc-001a2b30' AND 'vpc-001a2b37'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE region = 'us-west-2' AND ("resourceId" LIKE 'vpc-%' AND "trafficType" = 'ALL' OR "resourceId" LIKE 'eni-%')`, fewest: 1},

	// CASE, NULLIF, COALESCE and lists.
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE CASE "trafficType" WHEN 'REJECT' THEN true WHEN 'ACCEPT' THEN true ELSE false END`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE CASE region WHEN 'us-west-2' THEN 1 WHEN 'eu-west-1' THEN 2 END = 2`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE CASE WHEN region = 'us-west-2' THEN 'a' ELSE 'b' END = 'a'`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE nullif("trafficType", 'x') = 'REJECT'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE coalesce(tags, '{}')->>'env' = 'prod'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE coalesce(tags->>'owner', tags->>'env') IS NOT NULL`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE ARRAY["trafficType"] <@ ARRAY['REJECT', 'ACCEPT']`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE string_to_array('us-west-2,mars-1', ',') @> ARRAY[region]`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE '["us-west-2", 1]'::jsonb ? region`, fewest: 1},
	{sql: `SELECT count(*) FROM flow_logs f WHERE EXISTS (SELECT 1 WHERE f.region = 'us-west-2')`, fewest: 1},

	// Tags.
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE tags @> '{"env": "prod"}' OR tags @> '{"env": "dev"}'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE tags @> ANY (ARRAY['{"env": "prod"}', '{"env": "dev"}']::jsonb[])`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE tags ? 'owner' OR tags->>'env' = 'prod'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE tags @> '{"env": 1}'`, fewest: 0},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE tags->'env' = '1'`, fewest: 0},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE tags->'env' <@ '["prod", "dev"]'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE starts_with(tags->>'env', 'pr')`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE tags->>'env' >= 'p' AND tags->>'env' < 'q'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE tags->>'env' ~ '^(prod|dev)$'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE tags @? '$.env ? (@ == "prod" || @ == "dev")'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE tags @? '$.env ? (@ starts with "pr")'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE tags @@ '$.env == "prod" || $.env == "dev"'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE jsonb_path_query_first(tags, '$.env') = '"prod"'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE "tagSet" @? '$[*] ? (@.key == "env" && @.value == "prod")'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE "tagSet" @? '$[*] ? (@.key == "env" && (@.value == "prod" || @.value == "dev"))'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE jsonb_path_exists("tagSet", '$[*].key ? (@ == "env")')`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE "tagSet" @@ 'exists($[*] ? (@.key == "env" && @.value == "prod"))'`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE 'env' IN (SELECT jsonb_object_keys(tags))`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE 'env' = ANY (SELECT jsonb_object_keys(tags))`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE ('env', 'prod') IN (SELECT key, value FROM jsonb_each_text(tags))`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE (SELECT t->>'value' FROM jsonb_array_elements("tagSet") t WHERE t->>'key' = 'env') = 'prod'`, fewest: 3},
	{sql: `SELECT k, count(*) FROM flow_logs, jsonb_object_keys(tags) k GROUP BY k`, fewest: 3},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE jsonb_array_length("tagSet") > 0`, fewest: 3},

	// Aggregates that pass NULLs over.
	{sql: `SELECT count(tags->>'env') FROM flow_logs`, fewest: 3},
	{sql: `SELECT max("logGroupName"), count("logGroupName") FROM flow_logs`, fewest: 3},
	{sql: `SELECT string_agg(tags->>'env', ',' ORDER BY "flowLogId") FROM flow_logs WHERE region = 'us-west-2'`, fewest: 1},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE "logGroupName" NOT LIKE '/aws/%' AND region = 'us-west-2'`, fewest: 1},

	// Rows of constants, by region.
	{sql: `SELECT f."flowLogId" FROM (VALUES ('us-west-2', 'ALL'), ('eu-west-1', 'REJECT')) v(r, t) JOIN flow_logs f ON f.region = v.r AND f."trafficType" = v.t`, fewest: 2},
	{sql: `SELECT v.r, f."flowLogId" FROM (VALUES ('us-west-2', 'ALL'), ('eu-west-1', 'REJECT')) v(r, t) LEFT JOIN flow_logs f ON f.region = v.r AND f."trafficType" = v.t`, fewest: 2},
	{sql: `WITH v(r, t) AS (VALUES ('us-west-2', 'ALL'), ('eu-west-1', 'REJECT')) SELECT f."flowLogId" FROM v JOIN flow_logs f ON f.region = v.r AND f."trafficType" = v.t`, fewest: 2},
	{sql: `SELECT v.r, (SELECT count(*) FROM flow_logs f WHERE f.region = v.r AND f."trafficType" = v.t) FROM (VALUES ('us-west-2', 'ALL'), ('eu-west-1', 'REJECT')) v(r, t)`, fewest: 2},
	{sql: `SELECT "flowLogId" FROM flow_logs f WHERE EXISTS (SELECT FROM (VALUES ('us-west-2', 'ALL'), ('eu-west-1', 'REJECT')) v(r, t) WHERE f.region = v.r AND f."trafficType" = v.t)`, fewest: 2},

	{sql: `SELECT f."flowLogId" FROM (VALUES ('ALL', 'prod'), ('REJECT', 'dev')) v(t, e) JOIN flow_logs f ON f."trafficType" = v.t AND f.tags->>'env' = v.e`, fewest: 3},
	{sql: `SELECT v.n, f."flowLogId" FROM (VALUES (1)) v(n) LEFT JOIN flow_logs f ON false`, fewest: 0},
	{sql: `SELECT "flowLogId" FROM flow_logs WHERE tags->>'env' = 'prod' AND tags->>'env' IS NULL`, fewest: 0},

	// First rows of each of several openings.
	{sql: `SELECT count(*) FROM (VALUES ('us-west-2')) v(r) WHERE v.r IN (SELECT region FROM flow_logs)`, fewest: 1},
	{sql: `SELECT min(region) FROM flow_logs WHERE region = 'us-west-2'`, fewest: 1},
	{sql: `SELECT DISTINCT ON (region) region FROM flow_logs ORDER BY region`, fewest: 3},
	{sql: `SELECT v.r, EXISTS (SELECT FROM flow_logs f WHERE f.region = v.r) FROM (VALUES ('us-west-2'), ('eu-west-1'), ('mars-1')) v(r)`, fewest: 2},
	{sql: `SELECT v.r FROM (VALUES ('us-west-2'), ('eu-west-1'), ('mars-1')) v(r) WHERE EXISTS (SELECT FROM flow_logs f WHERE f.region = v.r)`, fewest: 2},
	{sql: `SELECT v.r FROM (VALUES ('us-west-2'), ('eu-west-1'), ('mars-1')) v(r) WHERE NOT EXISTS (SELECT FROM flow_logs f WHERE f.region = v.r)`, fewest: 2},
	{sql: `SELECT v.r, l.a FROM (VALUES ('us-west-2'), ('eu-west-1')) v(r), LATERAL (SELECT f."accountId" a FROM flow_logs f WHERE f.region = v.r LIMIT 1) l`, fewest: 2},
	{sql: `SELECT f.region, v.n FROM flow_logs f LEFT JOIN (VALUES ('us-west-2', 1)) v(r, n) ON v.r = f.region WHERE f.region = 'us-west-2' LIMIT 3`, fewest: 1},
	{sql: `SELECT 'x' UNION ALL SELECT region FROM flow_logs WHERE region = 'us-west-2' LIMIT 2`, fewest: 1},
}
