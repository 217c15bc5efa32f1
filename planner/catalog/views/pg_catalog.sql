-- pg_roles
SELECT a.rolname AS rolname, a.rolsuper AS rolsuper, a.rolinherit AS rolinherit, a.rolcreaterole AS rolcreaterole,
       a.rolcreatedb AS rolcreatedb, a.rolcanlogin AS rolcanlogin, a.rolreplication AS rolreplication,
       a.rolconnlimit AS rolconnlimit, '********' AS rolpassword, a.rolvaliduntil AS rolvaliduntil,
       a.rolbypassrls AS rolbypassrls, s.setconfig AS rolconfig, a.oid AS oid
FROM pg_catalog.pg_authid a
     LEFT JOIN pg_catalog.pg_db_role_setting s ON s.setrole = a.oid AND s.setdatabase = 0

-- pg_shadow
SELECT a.rolname AS usename, a.oid AS usesysid, a.rolcreatedb AS usecreatedb, a.rolsuper AS usesuper,
       a.rolreplication AS userepl, a.rolbypassrls AS usebypassrls, a.rolpassword AS passwd,
       a.rolvaliduntil AS valuntil, s.setconfig AS useconfig
FROM pg_catalog.pg_authid a
     LEFT JOIN pg_catalog.pg_db_role_setting s ON s.setrole = a.oid AND s.setdatabase = 0
WHERE a.rolcanlogin

-- pg_user
SELECT a.rolname AS usename, a.oid AS usesysid, a.rolcreatedb AS usecreatedb, a.rolsuper AS usesuper,
       a.rolreplication AS userepl, a.rolbypassrls AS usebypassrls, '********' AS passwd,
       a.rolvaliduntil AS valuntil, s.setconfig AS useconfig
FROM pg_catalog.pg_authid a
     LEFT JOIN pg_catalog.pg_db_role_setting s ON s.setrole = a.oid AND s.setdatabase = 0
WHERE a.rolcanlogin

-- pg_group
SELECT a.rolname AS groname, a.oid AS grosysid,
       ARRAY(SELECT m.member FROM pg_catalog.pg_auth_members m WHERE m.roleid = a.oid) AS grolist
FROM pg_catalog.pg_authid a
WHERE NOT a.rolcanlogin

-- pg_tables
SELECT n.nspname AS schemaname, c.relname AS tablename, pg_catalog.pg_get_userbyid(c.relowner) AS tableowner,
       t.spcname AS tablespace, c.relhasindex AS hasindexes, c.relhasrules AS hasrules,
       c.relhastriggers AS hastriggers, c.relrowsecurity AS rowsecurity
FROM pg_catalog.pg_class c
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_tablespace t ON t.oid = c.reltablespace
WHERE c.relkind IN ('r', 'p')

-- pg_views
SELECT n.nspname AS schemaname, c.relname AS viewname, pg_catalog.pg_get_userbyid(c.relowner) AS viewowner,
       pg_catalog.pg_get_viewdef(c.oid) AS definition
FROM pg_catalog.pg_class c
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'v'

-- pg_matviews
SELECT n.nspname AS schemaname, c.relname AS matviewname, pg_catalog.pg_get_userbyid(c.relowner) AS matviewowner,
       t.spcname AS tablespace, c.relhasindex AS hasindexes, c.relispopulated AS ispopulated,
       pg_catalog.pg_get_viewdef(c.oid) AS definition
FROM pg_catalog.pg_class c
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_tablespace t ON t.oid = c.reltablespace
WHERE c.relkind = 'm'

-- pg_indexes
SELECT n.nspname AS schemaname, c.relname AS tablename, i.relname AS indexname, t.spcname AS tablespace,
       pg_catalog.pg_get_indexdef(i.oid) AS indexdef
FROM pg_catalog.pg_index x
     JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
     JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_tablespace t ON t.oid = i.reltablespace
WHERE c.relkind IN ('r', 'm', 'p') AND i.relkind IN ('i', 'I')

-- pg_rules
SELECT n.nspname AS schemaname, c.relname AS tablename, r.rulename AS rulename,
       pg_catalog.pg_get_ruledef(r.oid) AS definition
FROM pg_catalog.pg_rewrite r
     JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN'

-- pg_stat_all_tables
SELECT c.oid AS relid, n.nspname AS schemaname, c.relname AS relname,
       pg_catalog.pg_stat_get_numscans(c.oid) AS seq_scan, pg_catalog.pg_stat_get_lastscan(c.oid) AS last_seq_scan,
       pg_catalog.pg_stat_get_tuples_returned(c.oid) AS seq_tup_read,
       CASE WHEN c.relhasindex THEN 0 END AS idx_scan, CASE WHEN c.relhasindex THEN 0 END AS idx_tup_fetch,
       pg_catalog.pg_stat_get_tuples_inserted(c.oid) AS n_tup_ins, pg_catalog.pg_stat_get_tuples_updated(c.oid) AS n_tup_upd,
       pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS n_tup_del,
       pg_catalog.pg_stat_get_tuples_hot_updated(c.oid) AS n_tup_hot_upd,
       pg_catalog.pg_stat_get_tuples_newpage_updated(c.oid) AS n_tup_newpage_upd,
       pg_catalog.pg_stat_get_live_tuples(c.oid) AS n_live_tup,
       pg_catalog.pg_stat_get_dead_tuples(c.oid) AS n_dead_tup,
       pg_catalog.pg_stat_get_mod_since_analyze(c.oid) AS n_mod_since_analyze,
       pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) AS n_ins_since_vacuum,
       pg_catalog.pg_stat_get_vacuum_count(c.oid) AS vacuum_count,
       pg_catalog.pg_stat_get_autovacuum_count(c.oid) AS autovacuum_count,
       pg_catalog.pg_stat_get_analyze_count(c.oid) AS analyze_count,
       pg_catalog.pg_stat_get_autoanalyze_count(c.oid) AS autoanalyze_count
FROM pg_catalog.pg_class c
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 't', 'm', 'p')

-- pg_stat_sys_tables
SELECT c.oid AS relid, n.nspname AS schemaname, c.relname AS relname,
       pg_catalog.pg_stat_get_numscans(c.oid) AS seq_scan, pg_catalog.pg_stat_get_lastscan(c.oid) AS last_seq_scan,
       pg_catalog.pg_stat_get_tuples_returned(c.oid) AS seq_tup_read,
       CASE WHEN c.relhasindex THEN 0 END AS idx_scan, CASE WHEN c.relhasindex THEN 0 END AS idx_tup_fetch,
       pg_catalog.pg_stat_get_tuples_inserted(c.oid) AS n_tup_ins, pg_catalog.pg_stat_get_tuples_updated(c.oid) AS n_tup_upd,
       pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS n_tup_del,
       pg_catalog.pg_stat_get_tuples_hot_updated(c.oid) AS n_tup_hot_upd,
       pg_catalog.pg_stat_get_tuples_newpage_updated(c.oid) AS n_tup_newpage_upd,
       pg_catalog.pg_stat_get_live_tuples(c.oid) AS n_live_tup,
       pg_catalog.pg_stat_get_dead_tuples(c.oid) AS n_dead_tup,
       pg_catalog.pg_stat_get_mod_since_analyze(c.oid) AS n_mod_since_analyze,
       pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) AS n_ins_since_vacuum,
       pg_catalog.pg_stat_get_vacuum_count(c.oid) AS vacuum_count,
       pg_catalog.pg_stat_get_autovacuum_count(c.oid) AS autovacuum_count,
       pg_catalog.pg_stat_get_analyze_count(c.oid) AS analyze_count,
       pg_catalog.pg_stat_get_autoanalyze_count(c.oid) AS autoanalyze_count
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 't', 'm', 'p')
  AND (n.nspname IN ('pg_catalog', 'information_schema') OR n.nspname ~ '^pg_toast')

-- pg_stat_user_tables
SELECT c.oid AS relid, n.nspname AS schemaname, c.relname AS relname,
       pg_catalog.pg_stat_get_numscans(c.oid) AS seq_scan, pg_catalog.pg_stat_get_lastscan(c.oid) AS last_seq_scan,
       pg_catalog.pg_stat_get_tuples_returned(c.oid) AS seq_tup_read,
       CASE WHEN c.relhasindex THEN 0 END AS idx_scan, CASE WHEN c.relhasindex THEN 0 END AS idx_tup_fetch,
       pg_catalog.pg_stat_get_tuples_inserted(c.oid) AS n_tup_ins, pg_catalog.pg_stat_get_tuples_updated(c.oid) AS n_tup_upd,
       pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS n_tup_del,
       pg_catalog.pg_stat_get_tuples_hot_updated(c.oid) AS n_tup_hot_upd,
       pg_catalog.pg_stat_get_tuples_newpage_updated(c.oid) AS n_tup_newpage_upd,
       pg_catalog.pg_stat_get_live_tuples(c.oid) AS n_live_tup,
       pg_catalog.pg_stat_get_dead_tuples(c.oid) AS n_dead_tup,
       pg_catalog.pg_stat_get_mod_since_analyze(c.oid) AS n_mod_since_analyze,
       pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) AS n_ins_since_vacuum,
       pg_catalog.pg_stat_get_vacuum_count(c.oid) AS vacuum_count,
       pg_catalog.pg_stat_get_autovacuum_count(c.oid) AS autovacuum_count,
       pg_catalog.pg_stat_get_analyze_count(c.oid) AS analyze_count,
       pg_catalog.pg_stat_get_autoanalyze_count(c.oid) AS autoanalyze_count
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 't', 'm', 'p')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'

-- pg_stat_xact_all_tables
SELECT c.oid AS relid, n.nspname AS schemaname, c.relname AS relname, pg_catalog.pg_stat_get_xact_numscans(c.oid) AS seq_scan,
       pg_catalog.pg_stat_get_xact_tuples_returned(c.oid) AS seq_tup_read,
       CASE WHEN c.relhasindex THEN 0 END AS idx_scan, CASE WHEN c.relhasindex THEN 0 END AS idx_tup_fetch,
       pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) AS n_tup_ins,
       pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) AS n_tup_upd,
       pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid) AS n_tup_del,
       pg_catalog.pg_stat_get_xact_tuples_hot_updated(c.oid) AS n_tup_hot_upd,
       pg_catalog.pg_stat_get_xact_tuples_newpage_updated(c.oid) AS n_tup_newpage_upd
FROM pg_catalog.pg_class c
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 't', 'm', 'p')

-- pg_stat_xact_sys_tables
SELECT c.oid AS relid, n.nspname AS schemaname, c.relname AS relname, pg_catalog.pg_stat_get_xact_numscans(c.oid) AS seq_scan,
       pg_catalog.pg_stat_get_xact_tuples_returned(c.oid) AS seq_tup_read,
       CASE WHEN c.relhasindex THEN 0 END AS idx_scan, CASE WHEN c.relhasindex THEN 0 END AS idx_tup_fetch,
       pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) AS n_tup_ins,
       pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) AS n_tup_upd,
       pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid) AS n_tup_del,
       pg_catalog.pg_stat_get_xact_tuples_hot_updated(c.oid) AS n_tup_hot_upd,
       pg_catalog.pg_stat_get_xact_tuples_newpage_updated(c.oid) AS n_tup_newpage_upd
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 't', 'm', 'p')
  AND (n.nspname IN ('pg_catalog', 'information_schema') OR n.nspname ~ '^pg_toast')

-- pg_stat_xact_user_tables
SELECT c.oid AS relid, n.nspname AS schemaname, c.relname AS relname, pg_catalog.pg_stat_get_xact_numscans(c.oid) AS seq_scan,
       pg_catalog.pg_stat_get_xact_tuples_returned(c.oid) AS seq_tup_read,
       CASE WHEN c.relhasindex THEN 0 END AS idx_scan, CASE WHEN c.relhasindex THEN 0 END AS idx_tup_fetch,
       pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) AS n_tup_ins,
       pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) AS n_tup_upd,
       pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid) AS n_tup_del,
       pg_catalog.pg_stat_get_xact_tuples_hot_updated(c.oid) AS n_tup_hot_upd,
       pg_catalog.pg_stat_get_xact_tuples_newpage_updated(c.oid) AS n_tup_newpage_upd
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 't', 'm', 'p')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'

-- pg_statio_all_tables
SELECT c.oid AS relid, n.nspname AS schemaname, c.relname AS relname,
       pg_catalog.pg_stat_get_blocks_fetched(c.oid) - pg_catalog.pg_stat_get_blocks_hit(c.oid) AS heap_blks_read,
       pg_catalog.pg_stat_get_blocks_hit(c.oid) AS heap_blks_hit,
       CASE WHEN c.relhasindex THEN 0 END AS idx_blks_read,
       CASE WHEN c.relhasindex THEN 0 END AS idx_blks_hit,
       CASE WHEN c.reltoastrelid <> 0 THEN 0 END AS toast_blks_read,
       CASE WHEN c.reltoastrelid <> 0 THEN 0 END AS toast_blks_hit,
       CASE WHEN c.reltoastrelid <> 0 THEN 0 END AS tidx_blks_read,
       CASE WHEN c.reltoastrelid <> 0 THEN 0 END AS tidx_blks_hit
FROM pg_catalog.pg_class c
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 't', 'm')

-- pg_statio_sys_tables
SELECT c.oid AS relid, n.nspname AS schemaname, c.relname AS relname,
       pg_catalog.pg_stat_get_blocks_fetched(c.oid) - pg_catalog.pg_stat_get_blocks_hit(c.oid) AS heap_blks_read,
       pg_catalog.pg_stat_get_blocks_hit(c.oid) AS heap_blks_hit,
       CASE WHEN c.relhasindex THEN 0 END AS idx_blks_read,
       CASE WHEN c.relhasindex THEN 0 END AS idx_blks_hit,
       CASE WHEN c.reltoastrelid <> 0 THEN 0 END AS toast_blks_read,
       CASE WHEN c.reltoastrelid <> 0 THEN 0 END AS toast_blks_hit,
       CASE WHEN c.reltoastrelid <> 0 THEN 0 END AS tidx_blks_read,
       CASE WHEN c.reltoastrelid <> 0 THEN 0 END AS tidx_blks_hit
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 't', 'm')
  AND (n.nspname IN ('pg_catalog', 'information_schema') OR n.nspname ~ '^pg_toast')

-- pg_statio_user_tables
SELECT c.oid AS relid, n.nspname AS schemaname, c.relname AS relname,
       pg_catalog.pg_stat_get_blocks_fetched(c.oid) - pg_catalog.pg_stat_get_blocks_hit(c.oid) AS heap_blks_read,
       pg_catalog.pg_stat_get_blocks_hit(c.oid) AS heap_blks_hit,
       CASE WHEN c.relhasindex THEN 0 END AS idx_blks_read,
       CASE WHEN c.relhasindex THEN 0 END AS idx_blks_hit,
       CASE WHEN c.reltoastrelid <> 0 THEN 0 END AS toast_blks_read,
       CASE WHEN c.reltoastrelid <> 0 THEN 0 END AS toast_blks_hit,
       CASE WHEN c.reltoastrelid <> 0 THEN 0 END AS tidx_blks_read,
       CASE WHEN c.reltoastrelid <> 0 THEN 0 END AS tidx_blks_hit
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 't', 'm')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'

-- pg_stat_all_indexes
SELECT c.oid AS relid, i.oid AS indexrelid, n.nspname AS schemaname, c.relname AS relname, i.relname AS indexrelname,
       pg_catalog.pg_stat_get_numscans(i.oid) AS idx_scan, pg_catalog.pg_stat_get_tuples_returned(i.oid) AS idx_tup_read,
       pg_catalog.pg_stat_get_tuples_fetched(i.oid) AS idx_tup_fetch
FROM pg_catalog.pg_index x
     JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
     JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 't', 'm')

-- pg_stat_sys_indexes
SELECT c.oid AS relid, i.oid AS indexrelid, n.nspname AS schemaname, c.relname AS relname, i.relname AS indexrelname,
       pg_catalog.pg_stat_get_numscans(i.oid) AS idx_scan, pg_catalog.pg_stat_get_tuples_returned(i.oid) AS idx_tup_read,
       pg_catalog.pg_stat_get_tuples_fetched(i.oid) AS idx_tup_fetch
FROM pg_catalog.pg_index x
     JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
     JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 't', 'm')
  AND (n.nspname IN ('pg_catalog', 'information_schema') OR n.nspname ~ '^pg_toast')

-- pg_stat_user_indexes
SELECT c.oid AS relid, i.oid AS indexrelid, n.nspname AS schemaname, c.relname AS relname, i.relname AS indexrelname,
       pg_catalog.pg_stat_get_numscans(i.oid) AS idx_scan, pg_catalog.pg_stat_get_tuples_returned(i.oid) AS idx_tup_read,
       pg_catalog.pg_stat_get_tuples_fetched(i.oid) AS idx_tup_fetch
FROM pg_catalog.pg_index x
     JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
     JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 't', 'm')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'

-- pg_statio_all_indexes
SELECT c.oid AS relid, i.oid AS indexrelid, n.nspname AS schemaname, c.relname AS relname, i.relname AS indexrelname,
       pg_catalog.pg_stat_get_blocks_fetched(i.oid) - pg_catalog.pg_stat_get_blocks_hit(i.oid) AS idx_blks_read,
       pg_catalog.pg_stat_get_blocks_hit(i.oid) AS idx_blks_hit
FROM pg_catalog.pg_index x
     JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
     JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 't', 'm')

-- pg_statio_sys_indexes
SELECT c.oid AS relid, i.oid AS indexrelid, n.nspname AS schemaname, c.relname AS relname, i.relname AS indexrelname,
       pg_catalog.pg_stat_get_blocks_fetched(i.oid) - pg_catalog.pg_stat_get_blocks_hit(i.oid) AS idx_blks_read,
       pg_catalog.pg_stat_get_blocks_hit(i.oid) AS idx_blks_hit
FROM pg_catalog.pg_index x
     JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
     JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 't', 'm')
  AND (n.nspname IN ('pg_catalog', 'information_schema') OR n.nspname ~ '^pg_toast')

-- pg_statio_user_indexes
SELECT c.oid AS relid, i.oid AS indexrelid, n.nspname AS schemaname, c.relname AS relname, i.relname AS indexrelname,
       pg_catalog.pg_stat_get_blocks_fetched(i.oid) - pg_catalog.pg_stat_get_blocks_hit(i.oid) AS idx_blks_read,
       pg_catalog.pg_stat_get_blocks_hit(i.oid) AS idx_blks_hit
FROM pg_catalog.pg_index x
     JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
     JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 't', 'm')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'

-- pg_stat_database
SELECT d.oid AS datid, d.datname AS datname, pg_catalog.pg_stat_get_db_numbackends(d.oid) AS numbackends,
       pg_catalog.pg_stat_get_db_xact_commit(d.oid) AS xact_commit,
       pg_catalog.pg_stat_get_db_xact_rollback(d.oid) AS xact_rollback,
       pg_catalog.pg_stat_get_db_blocks_fetched(d.oid) - pg_catalog.pg_stat_get_db_blocks_hit(d.oid) AS blks_read,
       pg_catalog.pg_stat_get_db_blocks_hit(d.oid) AS blks_hit,
       pg_catalog.pg_stat_get_db_tuples_returned(d.oid) AS tup_returned,
       pg_catalog.pg_stat_get_db_tuples_fetched(d.oid) AS tup_fetched,
       pg_catalog.pg_stat_get_db_tuples_inserted(d.oid) AS tup_inserted,
       pg_catalog.pg_stat_get_db_tuples_updated(d.oid) AS tup_updated,
       pg_catalog.pg_stat_get_db_tuples_deleted(d.oid) AS tup_deleted,
       pg_catalog.pg_stat_get_db_conflict_all(d.oid) AS conflicts, pg_catalog.pg_stat_get_db_temp_files(d.oid) AS temp_files,
       pg_catalog.pg_stat_get_db_temp_bytes(d.oid) AS temp_bytes, pg_catalog.pg_stat_get_db_deadlocks(d.oid) AS deadlocks,
       pg_catalog.pg_stat_get_db_blk_read_time(d.oid) AS blk_read_time,
       pg_catalog.pg_stat_get_db_blk_write_time(d.oid) AS blk_write_time,
       pg_catalog.pg_stat_get_db_session_time(d.oid) AS session_time,
       pg_catalog.pg_stat_get_db_active_time(d.oid) AS active_time,
       pg_catalog.pg_stat_get_db_idle_in_transaction_time(d.oid) AS idle_in_transaction_time,
       pg_catalog.pg_stat_get_db_sessions(d.oid) AS sessions,
       pg_catalog.pg_stat_get_db_sessions_abandoned(d.oid) AS sessions_abandoned,
       pg_catalog.pg_stat_get_db_sessions_fatal(d.oid) AS sessions_fatal,
       pg_catalog.pg_stat_get_db_sessions_killed(d.oid) AS sessions_killed,
       pg_catalog.pg_stat_get_db_stat_reset_time(d.oid) AS stats_reset
FROM (SELECT 0::pg_catalog.oid AS oid, NULL::pg_catalog.name AS datname
      UNION ALL SELECT x.oid, x.datname FROM pg_catalog.pg_database x) d

-- pg_stat_database_conflicts
SELECT d.oid AS datid, d.datname AS datname, pg_catalog.pg_stat_get_db_conflict_tablespace(d.oid) AS confl_tablespace,
       pg_catalog.pg_stat_get_db_conflict_lock(d.oid) AS confl_lock,
       pg_catalog.pg_stat_get_db_conflict_snapshot(d.oid) AS confl_snapshot,
       pg_catalog.pg_stat_get_db_conflict_bufferpin(d.oid) AS confl_bufferpin,
       pg_catalog.pg_stat_get_db_conflict_startup_deadlock(d.oid) AS confl_deadlock,
       pg_catalog.pg_stat_get_db_conflict_logicalslot(d.oid) AS confl_active_logicalslot
FROM pg_catalog.pg_database d

-- pg_user_mappings
SELECT u.oid AS umid, s.oid AS srvid, s.srvname AS srvname, u.umuser AS umuser,
       CASE WHEN u.umuser = 0 THEN 'public' ELSE a.rolname END AS usename, u.umoptions AS umoptions
FROM pg_catalog.pg_user_mapping u
     JOIN pg_catalog.pg_foreign_server s ON s.oid = u.umserver
     LEFT JOIN pg_catalog.pg_authid a ON a.oid = u.umuser

-- pg_stat_archiver
SELECT s.archived_count AS archived_count, s.last_archived_wal AS last_archived_wal, s.last_archived_time AS last_archived_time,
       s.failed_count AS failed_count, s.last_failed_wal AS last_failed_wal, s.last_failed_time AS last_failed_time,
       s.stats_reset AS stats_reset
FROM pg_catalog.pg_stat_get_archiver() AS s

-- pg_stat_bgwriter
SELECT pg_catalog.pg_stat_get_bgwriter_timed_checkpoints() AS checkpoints_timed,
       pg_catalog.pg_stat_get_bgwriter_requested_checkpoints() AS checkpoints_req,
       pg_catalog.pg_stat_get_checkpoint_write_time() AS checkpoint_write_time,
       pg_catalog.pg_stat_get_checkpoint_sync_time() AS checkpoint_sync_time,
       pg_catalog.pg_stat_get_bgwriter_buf_written_checkpoints() AS buffers_checkpoint,
       pg_catalog.pg_stat_get_bgwriter_buf_written_clean() AS buffers_clean,
       pg_catalog.pg_stat_get_bgwriter_maxwritten_clean() AS maxwritten_clean,
       pg_catalog.pg_stat_get_buf_written_backend() AS buffers_backend,
       pg_catalog.pg_stat_get_buf_fsync_backend() AS buffers_backend_fsync,
       pg_catalog.pg_stat_get_buf_alloc() AS buffers_alloc, pg_catalog.pg_stat_get_bgwriter_stat_reset_time() AS stats_reset

-- pg_stat_wal
SELECT w.wal_records AS wal_records, w.wal_fpi AS wal_fpi, w.wal_bytes AS wal_bytes, w.wal_buffers_full AS wal_buffers_full,
       w.wal_write AS wal_write, w.wal_sync AS wal_sync, w.wal_write_time AS wal_write_time, w.wal_sync_time AS wal_sync_time,
       w.stats_reset AS stats_reset
FROM pg_catalog.pg_stat_get_wal() AS w

-- pg_available_extensions
SELECT e.name AS name, e.default_version AS default_version, x.extversion AS installed_version, e.comment AS comment
FROM pg_catalog.pg_available_extensions() AS e(name, default_version, comment)
     LEFT JOIN pg_catalog.pg_extension x ON e.name = x.extname

-- pg_available_extension_versions
SELECT e.name AS name, e.version AS version, x.extname IS NOT NULL AS installed, e.superuser AS superuser, e.trusted AS trusted,
       e.relocatable AS relocatable, e.schema AS schema, e.requires AS requires, e.comment AS comment
FROM pg_catalog.pg_available_extension_versions() AS e(name, version, superuser, trusted, relocatable, schema, requires,
       comment)
     LEFT JOIN pg_catalog.pg_extension x ON e.name = x.extname AND e.version = x.extversion
