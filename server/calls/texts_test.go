package calls

// textShapes ask of functions of a column what a filter can say of the column itself; what
// it lets through beyond that is in the number of flow logs.
var textShapes = func() []callShape {
	var out []callShape
	for _, cond := range []string{
		`lower(tags->>'env') = 'prod'`, `upper(tags->>'env') = 'PROD'`, `tags->>'env' ILIKE 'pr_d'`, `tags->>'env' ILIKE '%PROD'`, `tags->>'team' ILIKE 'NET*%'`,
		`"trafficType" ILIKE 'all'`, `"trafficType" ILIKE 'a%'`, `"logGroupName" ILIKE '/VPC/group\_1'`, `lower("logGroupName") = '/vpc/group_2'`, `upper("deliverLogsStatus") = 'failed'`,
		`btrim("trafficType") = 'ALL'`, `trim(both 'x' from "trafficType") = 'ALL'`, `rtrim("logGroupName") = '/vpc/group_1'`, `ltrim("logGroupName", '/') = 'vpc/group_1'`,
		`"trafficType" || '' = 'ALL'`, `'x' || "trafficType" = 'xALL'`, `"trafficType" || 'y' = 'xALL'`, `'<' || "trafficType" || '>' = '<REJECT>'`, `'a' || lower("trafficType") = 'areject'`,
		`strpos("logGroupName", '_1') > 0`, `position('_1' in "logGroupName") <> 0`, `0 < strpos("logGroupName", '_1')`, `strpos("logGroupName", '/vpc') = 1`, `strpos("logGroupName", 'x') = 0`,
		`reverse("trafficType") = 'LLA'`, `right("trafficType", 3) = 'ECT'`, `right("trafficType", 9) = 'ALL'`, `substr("trafficType", 2) = 'LL'`, `substr("trafficType", 2, 2) = 'EJ'`, `substring("logGroupName" from '_[0-9]') = '_1'`,
		`to_jsonb(f)->'tags'->>'env' = 'prod'`, `to_jsonb(f) #>> '{tags,env}' = 'prod'`, `to_jsonb(f) #>> '{trafficType}' = 'ALL'`, `row_to_json(f)->>'trafficType' = 'ALL'`, `to_jsonb(f)->'tags'->>'env' IS NULL`,
		`tags = '{"env": "prod"}'`, `tags = '{"env": "prod", "team": "net*work", "owner": ""}'`, `tags = '{}'`, `tags = '{"env": 1}'`, `"tagSet" = '[{"key": "env", "value": "dev"}]'`,
		`'team' = ANY (ARRAY(SELECT jsonb_object_keys(tags)))`, `'net*work' = ANY (ARRAY(SELECT value FROM jsonb_each_text(tags) WHERE key = 'team'))`, `'team' <> ALL (ARRAY(SELECT jsonb_object_keys(tags)))`,
	} {
		fewest := 1
		if cond == `tags = '{"env": 1}'` { // what tags never hold
			fewest = 0
		}
		out = append(out, callShape{sql: `SELECT "flowLogId" FROM flow_logs f WHERE region = 'us-west-2' AND ` + cond, fewest: fewest})
	}
	return append(out,
		callShape{sql: `SELECT "flowLogId" FROM flow_logs WHERE "trafficType" <= 'ALL' AND "trafficType" ILIKE 'RE%'`, fewest: 0},
		callShape{sql: `SELECT "flowLogId" FROM flow_logs WHERE "logGroupName" LIKE '/vpc/group!_1' ESCAPE '!' AND "logGroupName" <> '/vpc/group_1'`, fewest: 0},
		callShape{sql: `SELECT "flowLogId" FROM flow_logs WHERE region LIKE 'us-west-2' ESCAPE '!' AND "logGroupName" LIKE '/vpc/group!_1' ESCAPE '!'`, fewest: 1},
		callShape{sql: `SELECT a."flowLogId", v.x FROM flow_logs a FULL JOIN (VALUES ('us-west-2'), ('mars')) v(x) ON a.region = v.x WHERE a.region = 'us-west-2' OR a.region IS NULL`, fewest: 1},
		callShape{sql: `SELECT a."flowLogId", v.x FROM (VALUES ('us-west-2'), ('eu-west-1'), (NULL)) v(x) FULL JOIN flow_logs a ON a.region = v.x AND a."trafficType" = 'none' WHERE a.region = 'us-west-2' OR a.region IS NULL`, fewest: 2},
		callShape{sql: `SELECT a."flowLogId", v.x FROM flow_logs a FULL JOIN (VALUES ('ALL'), ('none')) v(x) ON a."trafficType" = v.x WHERE coalesce(a.region, 'us-west-2') = 'us-west-2'`, fewest: 3},
		callShape{sql: `SELECT v.n, f."flowLogId" FROM (VALUES ('prod', 1), ('none', 2)) v(e, n) LEFT JOIN flow_logs f ON f.tags->>'env' = v.e AND f.region = 'us-west-2'`, fewest: 1},
		callShape{sql: `SELECT v.n, f."flowLogId" FROM (VALUES ('prod', 1), ('dev', 2)) v(e, n) JOIN flow_logs f ON v.e = f.tags->>'env'`, fewest: 3},
		callShape{sql: `SELECT "flowLogId" FROM flow_logs WHERE tags->>'team' IN (SELECT x FROM (VALUES ('net*work'), ('net')) v(x)) AND region LIKE 'us%'`, fewest: 2},
		callShape{sql: `SELECT count(*) FROM flow_logs a JOIN flow_logs b ON b.tags->>'env' = a.tags->>'env' AND a.region = 'us-west-2' AND b.region = 'eu-west-1' WHERE a."flowLogId" = 'fl-00abce74'`, fewest: 2},
		callShape{sql: `SELECT v.n, f."flowLogId" FROM (VALUES ('prod', 1), ('dev', 2)) v(e, n) JOIN (SELECT * FROM flow_logs WHERE region = 'us-west-2' UNION ALL SELECT * FROM flow_logs WHERE region = 'eu-west-1') f ON v.e = f.tags->>'env'`, fewest: 2},
	)
}()
