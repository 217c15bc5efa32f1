-- information_schema_catalog_name
SELECT current_database() AS catalog_name

-- schemata
SELECT current_database() AS catalog_name, n.nspname AS schema_name, a.rolname AS schema_owner
FROM pg_catalog.pg_namespace n
     JOIN pg_catalog.pg_authid a ON a.oid = n.nspowner
WHERE pg_catalog.pg_has_role(n.nspowner, 'USAGE') OR pg_catalog.has_schema_privilege(n.oid, 'CREATE, USAGE')

-- tables
SELECT current_database() AS table_catalog, n.nspname AS table_schema, c.relname AS table_name,
       CASE WHEN n.oid = pg_catalog.pg_my_temp_schema() THEN 'LOCAL TEMPORARY'
            WHEN c.relkind IN ('r', 'p') THEN 'BASE TABLE'
            WHEN c.relkind = 'v' THEN 'VIEW'
            WHEN c.relkind = 'f' THEN 'FOREIGN' END AS table_type,
       CASE WHEN t.typname IS NOT NULL THEN current_database() END AS user_defined_type_catalog,
       nt.nspname AS user_defined_type_schema, t.typname AS user_defined_type_name,
       CASE WHEN c.relkind IN ('r', 'p') OR (c.relkind IN ('v', 'f') AND pg_catalog.pg_relation_is_updatable(c.oid, false) & 8 = 8)
            THEN 'YES' ELSE 'NO' END AS is_insertable_into,
       CASE WHEN t.typname IS NOT NULL THEN 'YES' ELSE 'NO' END AS is_typed
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_type t ON t.oid = c.reloftype
     LEFT JOIN pg_catalog.pg_namespace nt ON nt.oid = t.typnamespace
WHERE c.relkind IN ('r', 'v', 'f', 'p') AND NOT pg_catalog.pg_is_other_temp_schema(n.oid)
  AND (pg_catalog.pg_has_role(c.relowner, 'USAGE')
       OR pg_catalog.has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))

-- columns
SELECT current_database() AS table_catalog, n.nspname AS table_schema, c.relname AS table_name, a.attname AS column_name,
       a.attnum AS ordinal_position,
       CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS column_default,
       CASE WHEN a.attnotnull OR (t.typtype = 'd' AND t.typnotnull) THEN 'NO' ELSE 'YES' END AS is_nullable,
       CASE WHEN bt.typelem <> 0 AND bt.typlen = -1 THEN 'ARRAY'
            WHEN nbt.nspname = 'pg_catalog' THEN pg_catalog.format_type(bt.oid, NULL)
            ELSE 'USER-DEFINED' END AS data_type,
       information_schema._pg_char_max_length(bt.oid, CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END) AS character_maximum_length,
       information_schema._pg_char_octet_length(bt.oid, CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END) AS character_octet_length,
       information_schema._pg_numeric_precision(bt.oid, CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END) AS numeric_precision,
       information_schema._pg_numeric_precision_radix(bt.oid, CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END) AS numeric_precision_radix,
       information_schema._pg_numeric_scale(bt.oid, CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END) AS numeric_scale,
       information_schema._pg_datetime_precision(bt.oid, CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END) AS datetime_precision,
       information_schema._pg_interval_type(bt.oid, CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END) AS interval_type,
       CASE WHEN nco.nspname IS NOT NULL THEN current_database() END AS collation_catalog,
       nco.nspname AS collation_schema, co.collname AS collation_name,
       CASE WHEN t.typtype = 'd' THEN current_database() END AS domain_catalog,
       CASE WHEN t.typtype = 'd' THEN nt.nspname END AS domain_schema,
       CASE WHEN t.typtype = 'd' THEN t.typname END AS domain_name,
       current_database() AS udt_catalog, nbt.nspname AS udt_schema, bt.typname AS udt_name,
       a.attnum AS dtd_identifier, 'NO' AS is_self_referencing,
       CASE WHEN a.attidentity IN ('a', 'd') THEN 'YES' ELSE 'NO' END AS is_identity,
       CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END AS identity_generation,
       'NO' AS identity_cycle,
       CASE WHEN a.attgenerated <> '' THEN 'ALWAYS' ELSE 'NEVER' END AS is_generated,
       CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS generation_expression,
       CASE WHEN c.relkind IN ('r', 'p') OR (c.relkind IN ('v', 'f') AND pg_catalog.pg_column_is_updatable(c.oid, a.attnum, false))
            THEN 'YES' ELSE 'NO' END AS is_updatable
FROM pg_catalog.pg_attribute a
     JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     JOIN pg_catalog.pg_namespace nt ON nt.oid = t.typnamespace
     JOIN pg_catalog.pg_type bt ON bt.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
     JOIN pg_catalog.pg_namespace nbt ON nbt.oid = bt.typnamespace
     LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     LEFT JOIN (pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace nco ON nco.oid = co.collnamespace)
            ON co.oid = a.attcollation AND (nco.nspname, co.collname) <> ('pg_catalog', 'default')
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'f', 'p') AND NOT pg_catalog.pg_is_other_temp_schema(n.oid)
  AND (pg_catalog.pg_has_role(c.relowner, 'USAGE')
       OR pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'))

-- views
SELECT current_database() AS table_catalog, n.nspname AS table_schema, c.relname AS table_name,
       CASE WHEN pg_catalog.pg_has_role(c.relowner, 'USAGE') THEN pg_catalog.pg_get_viewdef(c.oid) END AS view_definition,
       'NONE' AS check_option,
       CASE WHEN pg_catalog.pg_relation_is_updatable(c.oid, false) & 20 = 20 THEN 'YES' ELSE 'NO' END AS is_updatable,
       CASE WHEN pg_catalog.pg_relation_is_updatable(c.oid, false) & 8 = 8 THEN 'YES' ELSE 'NO' END AS is_insertable_into,
       'NO' AS is_trigger_updatable, 'NO' AS is_trigger_deletable, 'NO' AS is_trigger_insertable_into
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'v' AND NOT pg_catalog.pg_is_other_temp_schema(n.oid)
  AND (pg_catalog.pg_has_role(c.relowner, 'USAGE')
       OR pg_catalog.has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))

-- table_constraints
SELECT current_database() AS constraint_catalog, nc.nspname AS constraint_schema, k.conname AS constraint_name,
       current_database() AS table_catalog, n.nspname AS table_schema, c.relname AS table_name,
       CASE k.contype WHEN 'c' THEN 'CHECK' WHEN 'f' THEN 'FOREIGN KEY' WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' END AS constraint_type,
       CASE WHEN k.condeferrable THEN 'YES' ELSE 'NO' END AS is_deferrable,
       CASE WHEN k.condeferred THEN 'YES' ELSE 'NO' END AS initially_deferred,
       'YES' AS enforced,
       CASE WHEN k.contype = 'u' THEN CASE WHEN (SELECT x.indnullsnotdistinct FROM pg_catalog.pg_index x WHERE x.indexrelid = k.conindid)
                                           THEN 'NO' ELSE 'YES' END END AS nulls_distinct
FROM pg_catalog.pg_constraint k
     JOIN pg_catalog.pg_namespace nc ON nc.oid = k.connamespace
     JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype NOT IN ('t', 'x') AND c.relkind IN ('r', 'p')
  AND (pg_catalog.pg_has_role(c.relowner, 'USAGE')
       OR pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR pg_catalog.has_any_column_privilege(c.oid, 'INSERT, UPDATE, REFERENCES'))
UNION ALL
SELECT current_database(), n.nspname,
       n.oid::pg_catalog.text || '_' || c.oid::pg_catalog.text || '_' || a.attnum::pg_catalog.text || '_not_null',
       current_database(), n.nspname, c.relname, 'CHECK', 'NO', 'NO', 'YES', NULL
FROM pg_catalog.pg_attribute a
     JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnotnull AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
  AND (pg_catalog.pg_has_role(c.relowner, 'USAGE')
       OR pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR pg_catalog.has_any_column_privilege(c.oid, 'INSERT, UPDATE, REFERENCES'))

-- key_column_usage
SELECT current_database() AS constraint_catalog, nc.nspname AS constraint_schema, k.conname AS constraint_name,
       current_database() AS table_catalog, n.nspname AS table_schema, c.relname AS table_name, a.attname AS column_name,
       s.i AS ordinal_position,
       CASE WHEN k.contype = 'f' THEN information_schema._pg_index_position(k.conindid, k.confkey[s.i]) END AS position_in_unique_constraint
FROM pg_catalog.pg_constraint k
     CROSS JOIN LATERAL pg_catalog.generate_series(1, pg_catalog.array_upper(k.conkey, 1)) AS s(i)
     JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[s.i]
     JOIN pg_catalog.pg_namespace nc ON nc.oid = k.connamespace
     JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype IN ('p', 'u', 'f') AND c.relkind IN ('r', 'p') AND NOT a.attisdropped
  AND (pg_catalog.pg_has_role(c.relowner, 'USAGE')
       OR pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'))

-- constraint_column_usage
SELECT current_database() AS table_catalog, n.nspname AS table_schema, c.relname AS table_name, a.attname AS column_name,
       current_database() AS constraint_catalog, nc.nspname AS constraint_schema, k.conname AS constraint_name
FROM pg_catalog.pg_constraint k
     JOIN pg_catalog.pg_namespace nc ON nc.oid = k.connamespace
     JOIN pg_catalog.pg_class c ON c.oid = CASE k.contype WHEN 'f' THEN k.confrelid ELSE k.conrelid END
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (CASE k.contype WHEN 'f' THEN k.confkey ELSE k.conkey END)
WHERE k.contype IN ('p', 'u', 'f', 'c') AND c.relkind IN ('r', 'p') AND NOT a.attisdropped
  AND pg_catalog.pg_has_role(c.relowner, 'USAGE')

-- constraint_table_usage
SELECT current_database() AS table_catalog, n.nspname AS table_schema, c.relname AS table_name,
       current_database() AS constraint_catalog, nc.nspname AS constraint_schema, k.conname AS constraint_name
FROM pg_catalog.pg_constraint k
     JOIN pg_catalog.pg_namespace nc ON nc.oid = k.connamespace
     JOIN pg_catalog.pg_class c ON c.oid = CASE k.contype WHEN 'f' THEN k.confrelid ELSE k.conrelid END
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype IN ('p', 'u', 'f') AND c.relkind IN ('r', 'p') AND pg_catalog.pg_has_role(c.relowner, 'USAGE')

-- referential_constraints
SELECT current_database() AS constraint_catalog, nc.nspname AS constraint_schema, k.conname AS constraint_name,
       CASE WHEN nu.nspname IS NOT NULL THEN current_database() END AS unique_constraint_catalog,
       nu.nspname AS unique_constraint_schema, u.conname AS unique_constraint_name,
       CASE k.confmatchtype WHEN 'f' THEN 'FULL' WHEN 'p' THEN 'PARTIAL' WHEN 's' THEN 'NONE' END AS match_option,
       CASE k.confupdtype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT'
                          WHEN 'r' THEN 'RESTRICT' WHEN 'a' THEN 'NO ACTION' END AS update_rule,
       CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT'
                          WHEN 'r' THEN 'RESTRICT' WHEN 'a' THEN 'NO ACTION' END AS delete_rule
FROM pg_catalog.pg_constraint k
     JOIN pg_catalog.pg_namespace nc ON nc.oid = k.connamespace
     JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
     LEFT JOIN pg_catalog.pg_constraint u ON u.conindid = k.conindid AND u.contype IN ('p', 'u')
     LEFT JOIN pg_catalog.pg_namespace nu ON nu.oid = u.connamespace
WHERE k.contype = 'f'

-- check_constraints
SELECT current_database() AS constraint_catalog, nc.nspname AS constraint_schema, k.conname AS constraint_name,
       pg_catalog.substring(pg_catalog.pg_get_constraintdef(k.oid), 7) AS check_clause
FROM pg_catalog.pg_constraint k
     JOIN pg_catalog.pg_namespace nc ON nc.oid = k.connamespace
     LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
     LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid
WHERE k.contype = 'c' AND pg_catalog.pg_has_role(coalesce(c.relowner, t.typowner), 'USAGE')
UNION
SELECT current_database(), n.nspname,
       (n.oid::pg_catalog.text || '_' || c.oid::pg_catalog.text || '_' || a.attnum::pg_catalog.text || '_not_null')::pg_catalog.name,
       a.attname || ' IS NOT NULL'
FROM pg_catalog.pg_attribute a
     JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnotnull AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
  AND pg_catalog.pg_has_role(c.relowner, 'USAGE')

-- domains
SELECT current_database() AS domain_catalog, n.nspname AS domain_schema, t.typname AS domain_name,
       CASE WHEN bt.typelem <> 0 AND bt.typlen = -1 THEN 'ARRAY'
            WHEN nbt.nspname = 'pg_catalog' THEN pg_catalog.format_type(t.typbasetype, NULL)
            ELSE 'USER-DEFINED' END AS data_type,
       information_schema._pg_char_max_length(t.typbasetype, t.typtypmod) AS character_maximum_length,
       information_schema._pg_char_octet_length(t.typbasetype, t.typtypmod) AS character_octet_length,
       CASE WHEN nco.nspname IS NOT NULL THEN current_database() END AS collation_catalog,
       nco.nspname AS collation_schema, co.collname AS collation_name,
       information_schema._pg_numeric_precision(t.typbasetype, t.typtypmod) AS numeric_precision,
       information_schema._pg_numeric_precision_radix(t.typbasetype, t.typtypmod) AS numeric_precision_radix,
       information_schema._pg_numeric_scale(t.typbasetype, t.typtypmod) AS numeric_scale,
       information_schema._pg_datetime_precision(t.typbasetype, t.typtypmod) AS datetime_precision,
       information_schema._pg_interval_type(t.typbasetype, t.typtypmod) AS interval_type,
       t.typdefault AS domain_default, current_database() AS udt_catalog, nbt.nspname AS udt_schema,
       bt.typname AS udt_name, 1 AS dtd_identifier
FROM pg_catalog.pg_type t
     JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
     JOIN pg_catalog.pg_type bt ON bt.oid = t.typbasetype
     JOIN pg_catalog.pg_namespace nbt ON nbt.oid = bt.typnamespace
     LEFT JOIN (pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace nco ON nco.oid = co.collnamespace)
            ON co.oid = t.typcollation AND (nco.nspname, co.collname) <> ('pg_catalog', 'default')
WHERE t.typtype = 'd' AND (pg_catalog.pg_has_role(t.typowner, 'USAGE') OR pg_catalog.has_type_privilege(t.oid, 'USAGE'))

-- domain_constraints
SELECT current_database() AS constraint_catalog, nc.nspname AS constraint_schema, k.conname AS constraint_name,
       current_database() AS domain_catalog, n.nspname AS domain_schema, t.typname AS domain_name,
       CASE WHEN k.condeferrable THEN 'YES' ELSE 'NO' END AS is_deferrable,
       CASE WHEN k.condeferred THEN 'YES' ELSE 'NO' END AS initially_deferred
FROM pg_catalog.pg_constraint k
     JOIN pg_catalog.pg_namespace nc ON nc.oid = k.connamespace
     JOIN pg_catalog.pg_type t ON t.oid = k.contypid
     JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE pg_catalog.pg_has_role(t.typowner, 'USAGE') OR pg_catalog.has_type_privilege(t.oid, 'USAGE')

-- domain_udt_usage
SELECT current_database() AS udt_catalog, nbt.nspname AS udt_schema, bt.typname AS udt_name,
       current_database() AS domain_catalog, n.nspname AS domain_schema, t.typname AS domain_name
FROM pg_catalog.pg_type t
     JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
     JOIN pg_catalog.pg_type bt ON bt.oid = t.typbasetype
     JOIN pg_catalog.pg_namespace nbt ON nbt.oid = bt.typnamespace
WHERE t.typtype = 'd' AND pg_catalog.pg_has_role(bt.typowner, 'USAGE')

-- column_domain_usage
SELECT current_database() AS domain_catalog, nt.nspname AS domain_schema, t.typname AS domain_name,
       current_database() AS table_catalog, n.nspname AS table_schema, c.relname AS table_name, a.attname AS column_name
FROM pg_catalog.pg_type t
     JOIN pg_catalog.pg_namespace nt ON nt.oid = t.typnamespace
     JOIN pg_catalog.pg_attribute a ON a.atttypid = t.oid
     JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE t.typtype = 'd' AND c.relkind IN ('r', 'v', 'f', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  AND pg_catalog.pg_has_role(t.typowner, 'USAGE')

-- column_udt_usage
SELECT current_database() AS udt_catalog, nbt.nspname AS udt_schema, bt.typname AS udt_name,
       current_database() AS table_catalog, n.nspname AS table_schema, c.relname AS table_name, a.attname AS column_name
FROM pg_catalog.pg_attribute a
     JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     JOIN pg_catalog.pg_type bt ON bt.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
     JOIN pg_catalog.pg_namespace nbt ON nbt.oid = bt.typnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'f', 'p')
  AND pg_catalog.pg_has_role(bt.typowner, 'USAGE')

-- character_sets
SELECT 'UTF8' AS character_set_name, 'UCS' AS character_repertoire, 'UTF8' AS form_of_use,
       current_database() AS default_collate_catalog, n.nspname AS default_collate_schema, co.collname AS default_collate_name
FROM pg_catalog.pg_database d
     LEFT JOIN (pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace n ON n.oid = co.collnamespace)
            ON d.datcollate = co.collcollate AND d.datctype = co.collctype
WHERE d.datname = current_database()
ORDER BY pg_catalog.char_length(co.collname) DESC, co.collname ASC
LIMIT 1

-- collations
SELECT current_database() AS collation_catalog, n.nspname AS collation_schema, co.collname AS collation_name,
       'NO PAD' AS pad_attribute
FROM pg_catalog.pg_collation co
     JOIN pg_catalog.pg_namespace n ON n.oid = co.collnamespace
WHERE co.collencoding IN (-1, 6)

-- collation_character_set_applicability
SELECT current_database() AS collation_catalog, n.nspname AS collation_schema, co.collname AS collation_name,
       'UTF8' AS character_set_name
FROM pg_catalog.pg_collation co
     JOIN pg_catalog.pg_namespace n ON n.oid = co.collnamespace
WHERE co.collencoding IN (-1, 6)

-- routines
SELECT current_database() AS specific_catalog, n.nspname AS specific_schema,
       p.proname || '_' || p.oid::pg_catalog.text AS specific_name,
       current_database() AS routine_catalog, n.nspname AS routine_schema, p.proname AS routine_name,
       CASE p.prokind WHEN 'f' THEN 'FUNCTION' WHEN 'p' THEN 'PROCEDURE' END AS routine_type,
       CASE WHEN p.prokind = 'p' THEN NULL
            WHEN t.typelem <> 0 AND t.typlen = -1 THEN 'ARRAY'
            WHEN nt.nspname = 'pg_catalog' THEN pg_catalog.format_type(t.oid, NULL)
            ELSE 'USER-DEFINED' END AS data_type,
       CASE WHEN nt.nspname IS NOT NULL THEN current_database() END AS type_udt_catalog,
       nt.nspname AS type_udt_schema, t.typname AS type_udt_name,
       CASE WHEN p.prokind <> 'p' THEN 0 END AS dtd_identifier,
       CASE WHEN l.lanname = 'sql' THEN 'SQL' ELSE 'EXTERNAL' END AS routine_body,
       CASE WHEN pg_catalog.pg_has_role(p.proowner, 'USAGE') THEN p.prosrc END AS routine_definition,
       CASE WHEN l.lanname = 'c' THEN p.prosrc END AS external_name,
       pg_catalog.upper(l.lanname::pg_catalog.text) AS external_language, 'GENERAL' AS parameter_style,
       CASE WHEN p.provolatile = 'i' THEN 'YES' ELSE 'NO' END AS is_deterministic, 'MODIFIES' AS sql_data_access,
       CASE WHEN p.prokind <> 'p' THEN CASE WHEN p.proisstrict THEN 'YES' ELSE 'NO' END END AS is_null_call,
       'YES' AS schema_level_routine, 0 AS max_dynamic_result_sets,
       CASE WHEN p.prosecdef THEN 'DEFINER' ELSE 'INVOKER' END AS security_type,
       'NO' AS as_locator, 'NO' AS is_udt_dependent
FROM pg_catalog.pg_proc p
     JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     JOIN pg_catalog.pg_language l ON l.oid = p.prolang
     LEFT JOIN (pg_catalog.pg_type t JOIN pg_catalog.pg_namespace nt ON nt.oid = t.typnamespace)
            ON t.oid = p.prorettype AND p.prokind <> 'p'
WHERE pg_catalog.pg_has_role(p.proowner, 'USAGE') OR pg_catalog.has_function_privilege(p.oid, 'EXECUTE')

-- parameters
SELECT current_database() AS specific_catalog, s.nspname AS specific_schema,
       s.proname || '_' || s.oid::pg_catalog.text AS specific_name, s.n AS ordinal_position,
       CASE WHEN s.proargmodes IS NULL THEN 'IN'
            ELSE CASE s.proargmodes[s.n] WHEN 'i' THEN 'IN' WHEN 'o' THEN 'OUT' WHEN 'b' THEN 'INOUT'
                                         WHEN 'v' THEN 'IN' WHEN 't' THEN 'OUT' END END AS parameter_mode,
       'NO' AS is_result, 'NO' AS as_locator, nullif(s.proargnames[s.n], '') AS parameter_name,
       CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN 'ARRAY'
            WHEN nt.nspname = 'pg_catalog' THEN pg_catalog.format_type(t.oid, NULL)
            ELSE 'USER-DEFINED' END AS data_type,
       current_database() AS udt_catalog, nt.nspname AS udt_schema, t.typname AS udt_name, s.n AS dtd_identifier,
       CASE WHEN pg_catalog.pg_has_role(s.proowner, 'USAGE')
            THEN pg_catalog.pg_get_function_arg_default(s.oid, s.n) END AS parameter_default
FROM (SELECT n.nspname, p.oid, p.proname, p.proowner, p.proargnames, p.proargmodes,
             coalesce(p.proallargtypes, p.proargtypes::pg_catalog.oid[]) AS types, g.i AS n
      FROM pg_catalog.pg_proc p
           JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
           CROSS JOIN LATERAL pg_catalog.generate_series(1, pg_catalog.cardinality(coalesce(p.proallargtypes, p.proargtypes::pg_catalog.oid[]))) AS g(i)
      WHERE pg_catalog.pg_has_role(p.proowner, 'USAGE') OR pg_catalog.has_function_privilege(p.oid, 'EXECUTE')) s
     JOIN pg_catalog.pg_type t ON t.oid = s.types[s.n - 1 + pg_catalog.array_lower(s.types, 1)]
     JOIN pg_catalog.pg_namespace nt ON nt.oid = t.typnamespace

-- enabled_roles
SELECT a.rolname AS role_name
FROM pg_catalog.pg_authid a
WHERE pg_catalog.pg_has_role(a.oid, 'USAGE')

-- applicable_roles
SELECT a.rolname AS grantee, b.rolname AS role_name, CASE WHEN m.admin_option THEN 'YES' ELSE 'NO' END AS is_grantable
FROM (SELECT member, roleid, admin_option FROM pg_catalog.pg_auth_members
      UNION SELECT d.datdba, r.oid, false FROM pg_catalog.pg_authid r, pg_catalog.pg_database d
      WHERE r.rolname = 'pg_database_owner' AND d.datname = current_database()) m
     JOIN pg_catalog.pg_authid a ON a.oid = m.member
     JOIN pg_catalog.pg_authid b ON b.oid = m.roleid
WHERE pg_catalog.pg_has_role(a.oid, 'USAGE')

-- administrable_role_authorizations
SELECT a.rolname AS grantee, b.rolname AS role_name, 'YES' AS is_grantable
FROM pg_catalog.pg_auth_members m
     JOIN pg_catalog.pg_authid a ON a.oid = m.member
     JOIN pg_catalog.pg_authid b ON b.oid = m.roleid
WHERE m.admin_option AND pg_catalog.pg_has_role(a.oid, 'USAGE')

-- table_privileges
SELECT g.rolname AS grantor, CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE r.rolname END AS grantee,
       current_database() AS table_catalog, n.nspname AS table_schema, c.relname AS table_name,
       x.privilege_type AS privilege_type,
       CASE WHEN pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE') OR x.is_grantable THEN 'YES' ELSE 'NO' END AS is_grantable,
       CASE WHEN x.privilege_type = 'SELECT' THEN 'YES' ELSE 'NO' END AS with_hierarchy
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) AS x
     JOIN pg_catalog.pg_authid g ON g.oid = x.grantor
     LEFT JOIN pg_catalog.pg_authid r ON r.oid = x.grantee
WHERE c.relkind IN ('r', 'v', 'f', 'p') AND (x.grantee = 0 OR r.oid IS NOT NULL)
  AND x.privilege_type IN ('INSERT', 'SELECT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER')
  AND (x.grantee = 0 OR pg_catalog.pg_has_role(g.oid, 'USAGE') OR pg_catalog.pg_has_role(r.oid, 'USAGE'))

-- role_table_grants
SELECT g.rolname AS grantor, CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE r.rolname END AS grantee,
       current_database() AS table_catalog, n.nspname AS table_schema, c.relname AS table_name,
       x.privilege_type AS privilege_type,
       CASE WHEN pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE') OR x.is_grantable THEN 'YES' ELSE 'NO' END AS is_grantable,
       CASE WHEN x.privilege_type = 'SELECT' THEN 'YES' ELSE 'NO' END AS with_hierarchy
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) AS x
     JOIN pg_catalog.pg_authid g ON g.oid = x.grantor
     LEFT JOIN pg_catalog.pg_authid r ON r.oid = x.grantee
WHERE c.relkind IN ('r', 'v', 'f', 'p')
  AND x.privilege_type IN ('INSERT', 'SELECT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER')
  AND (x.grantee = 0 OR r.oid IS NOT NULL)
  AND (pg_catalog.pg_has_role(g.oid, 'USAGE') OR pg_catalog.pg_has_role(r.oid, 'USAGE'))

-- column_privileges
SELECT g.rolname AS grantor, CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE r.rolname END AS grantee,
       current_database() AS table_catalog, n.nspname AS table_schema, c.relname AS table_name, a.attname AS column_name,
       x.privilege_type AS privilege_type,
       CASE WHEN pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE') OR x.is_grantable THEN 'YES' ELSE 'NO' END AS is_grantable
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     CROSS JOIN LATERAL (SELECT * FROM pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner)))
                         UNION SELECT * FROM pg_catalog.aclexplode(coalesce(a.attacl, pg_catalog.acldefault('c', c.relowner)))) AS x
     JOIN pg_catalog.pg_authid g ON g.oid = x.grantor
     LEFT JOIN pg_catalog.pg_authid r ON r.oid = x.grantee
WHERE c.relkind IN ('r', 'v', 'f', 'p') AND (x.grantee = 0 OR r.oid IS NOT NULL)
  AND x.privilege_type IN ('INSERT', 'SELECT', 'UPDATE', 'REFERENCES')
  AND (x.grantee = 0 OR pg_catalog.pg_has_role(g.oid, 'USAGE') OR pg_catalog.pg_has_role(r.oid, 'USAGE'))

-- role_column_grants
SELECT g.rolname AS grantor, CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE r.rolname END AS grantee,
       current_database() AS table_catalog, n.nspname AS table_schema, c.relname AS table_name, a.attname AS column_name,
       x.privilege_type AS privilege_type,
       CASE WHEN pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE') OR x.is_grantable THEN 'YES' ELSE 'NO' END AS is_grantable
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     CROSS JOIN LATERAL (SELECT * FROM pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner)))
                         UNION SELECT * FROM pg_catalog.aclexplode(coalesce(a.attacl, pg_catalog.acldefault('c', c.relowner)))) AS x
     JOIN pg_catalog.pg_authid g ON g.oid = x.grantor
     LEFT JOIN pg_catalog.pg_authid r ON r.oid = x.grantee
WHERE c.relkind IN ('r', 'v', 'f', 'p') AND x.privilege_type IN ('INSERT', 'SELECT', 'UPDATE', 'REFERENCES')
  AND (x.grantee = 0 OR r.oid IS NOT NULL)
  AND (pg_catalog.pg_has_role(g.oid, 'USAGE') OR pg_catalog.pg_has_role(r.oid, 'USAGE'))

-- routine_privileges
SELECT g.rolname AS grantor, CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE r.rolname END AS grantee,
       current_database() AS specific_catalog, n.nspname AS specific_schema,
       p.proname || '_' || p.oid::pg_catalog.text AS specific_name,
       current_database() AS routine_catalog, n.nspname AS routine_schema, p.proname AS routine_name,
       'EXECUTE' AS privilege_type,
       CASE WHEN pg_catalog.pg_has_role(r.oid, p.proowner, 'USAGE') OR x.is_grantable THEN 'YES' ELSE 'NO' END AS is_grantable
FROM pg_catalog.pg_proc p
     JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS x
     JOIN pg_catalog.pg_authid g ON g.oid = x.grantor
     LEFT JOIN pg_catalog.pg_authid r ON r.oid = x.grantee
WHERE (x.grantee = 0 OR r.oid IS NOT NULL) AND x.privilege_type = 'EXECUTE'
  AND (x.grantee = 0 OR pg_catalog.pg_has_role(g.oid, 'USAGE') OR pg_catalog.pg_has_role(r.oid, 'USAGE'))

-- role_routine_grants
SELECT g.rolname AS grantor, CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE r.rolname END AS grantee,
       current_database() AS specific_catalog, n.nspname AS specific_schema,
       p.proname || '_' || p.oid::pg_catalog.text AS specific_name,
       current_database() AS routine_catalog, n.nspname AS routine_schema, p.proname AS routine_name,
       'EXECUTE' AS privilege_type,
       CASE WHEN pg_catalog.pg_has_role(r.oid, p.proowner, 'USAGE') OR x.is_grantable THEN 'YES' ELSE 'NO' END AS is_grantable
FROM pg_catalog.pg_proc p
     JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS x
     JOIN pg_catalog.pg_authid g ON g.oid = x.grantor
     LEFT JOIN pg_catalog.pg_authid r ON r.oid = x.grantee
WHERE x.privilege_type = 'EXECUTE' AND (x.grantee = 0 OR r.oid IS NOT NULL)
  AND (pg_catalog.pg_has_role(g.oid, 'USAGE') OR pg_catalog.pg_has_role(r.oid, 'USAGE'))

-- data_type_privileges
SELECT current_database() AS object_catalog, x.object_schema AS object_schema, x.object_name AS object_name,
       x.object_type AS object_type, x.dtd_identifier AS dtd_identifier
FROM (SELECT c.table_schema AS object_schema, c.table_name AS object_name, 'TABLE' AS object_type, c.dtd_identifier
      FROM information_schema.columns c
      UNION ALL SELECT d.domain_schema, d.domain_name, 'DOMAIN', d.dtd_identifier FROM information_schema.domains d
      UNION ALL SELECT p.specific_schema, p.specific_name, 'ROUTINE', p.dtd_identifier FROM information_schema.parameters p
      UNION ALL SELECT r.specific_schema, r.specific_name, 'ROUTINE', r.dtd_identifier FROM information_schema.routines r) x

-- element_types
SELECT current_database() AS object_catalog, n.nspname AS object_schema, x.name AS object_name, x.kind AS object_type,
       x.num AS collection_type_identifier,
       CASE WHEN nbt.nspname = 'pg_catalog' THEN pg_catalog.format_type(bt.oid, NULL) ELSE 'USER-DEFINED' END AS data_type,
       CASE WHEN nco.nspname IS NOT NULL THEN current_database() END AS collation_catalog,
       nco.nspname AS collation_schema, co.collname AS collation_name,
       current_database() AS udt_catalog, nbt.nspname AS udt_schema, bt.typname AS udt_name,
       'a' || x.num::pg_catalog.text AS dtd_identifier
FROM (SELECT c.relnamespace AS namespace, c.relname::pg_catalog.text AS name,
             CASE WHEN c.relkind = 'c' THEN 'USER-DEFINED TYPE' ELSE 'TABLE' END AS kind,
             a.attnum::pg_catalog.int4 AS num, a.atttypid AS type, a.attcollation AS coll
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
      WHERE c.relkind IN ('r', 'v', 'f', 'c', 'p') AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL
      SELECT t.typnamespace, t.typname::pg_catalog.text, 'DOMAIN', 1, t.typbasetype, t.typcollation
      FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
      UNION ALL
      SELECT s.pronamespace, s.name, 'ROUTINE', s.n, s.types[s.n - 1 + pg_catalog.array_lower(s.types, 1)], 0
      FROM (SELECT p.pronamespace, p.proname || '_' || p.oid::pg_catalog.text AS name,
                   coalesce(p.proallargtypes, p.proargtypes::pg_catalog.oid[]) AS types, g.i AS n
            FROM pg_catalog.pg_proc p
                 CROSS JOIN LATERAL pg_catalog.generate_series(1, pg_catalog.cardinality(coalesce(p.proallargtypes, p.proargtypes::pg_catalog.oid[]))) AS g(i)) s
      UNION ALL
      SELECT p.pronamespace, p.proname || '_' || p.oid::pg_catalog.text, 'ROUTINE', 0, p.prorettype, 0
      FROM pg_catalog.pg_proc p) x
     JOIN pg_catalog.pg_namespace n ON n.oid = x.namespace
     JOIN pg_catalog.pg_type at ON at.oid = x.type AND at.typelem <> 0 AND at.typlen = -1
     JOIN pg_catalog.pg_type bt ON bt.oid = at.typelem
     JOIN pg_catalog.pg_namespace nbt ON nbt.oid = bt.typnamespace
     LEFT JOIN (pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace nco ON nco.oid = co.collnamespace)
            ON co.oid = x.coll AND (nco.nspname, co.collname) <> ('pg_catalog', 'default')

-- udt_privileges
SELECT g.rolname AS grantor, CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE r.rolname END AS grantee,
       current_database() AS udt_catalog, n.nspname AS udt_schema, t.typname AS udt_name, 'TYPE USAGE' AS privilege_type,
       CASE WHEN pg_catalog.pg_has_role(r.oid, t.typowner, 'USAGE') OR x.is_grantable THEN 'YES' ELSE 'NO' END AS is_grantable
FROM pg_catalog.pg_type t
     JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
     CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))) AS x
     JOIN pg_catalog.pg_authid g ON g.oid = x.grantor
     LEFT JOIN pg_catalog.pg_authid r ON r.oid = x.grantee
WHERE t.typtype = 'c' AND x.privilege_type = 'USAGE' AND (x.grantee = 0 OR r.oid IS NOT NULL)
  AND (x.grantee = 0 OR pg_catalog.pg_has_role(g.oid, 'USAGE') OR pg_catalog.pg_has_role(r.oid, 'USAGE'))

-- role_udt_grants
SELECT g.rolname AS grantor, CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE r.rolname END AS grantee,
       current_database() AS udt_catalog, n.nspname AS udt_schema, t.typname AS udt_name, 'TYPE USAGE' AS privilege_type,
       CASE WHEN pg_catalog.pg_has_role(r.oid, t.typowner, 'USAGE') OR x.is_grantable THEN 'YES' ELSE 'NO' END AS is_grantable
FROM pg_catalog.pg_type t
     JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
     CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))) AS x
     JOIN pg_catalog.pg_authid g ON g.oid = x.grantor
     LEFT JOIN pg_catalog.pg_authid r ON r.oid = x.grantee
WHERE t.typtype = 'c' AND x.privilege_type = 'USAGE' AND (x.grantee = 0 OR r.oid IS NOT NULL)
  AND (pg_catalog.pg_has_role(g.oid, 'USAGE') OR pg_catalog.pg_has_role(r.oid, 'USAGE'))

-- usage_privileges
SELECT a.rolname AS grantor, 'PUBLIC' AS grantee, current_database() AS object_catalog, n.nspname AS object_schema,
       co.collname AS object_name, 'COLLATION' AS object_type, 'USAGE' AS privilege_type, 'NO' AS is_grantable
FROM pg_catalog.pg_collation co
     JOIN pg_catalog.pg_namespace n ON n.oid = co.collnamespace
     JOIN pg_catalog.pg_authid a ON a.oid = co.collowner
WHERE co.collencoding IN (-1, 6)
UNION ALL
SELECT g.rolname, CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE r.rolname END, current_database(), n.nspname, t.typname,
       'DOMAIN', 'USAGE',
       CASE WHEN pg_catalog.pg_has_role(r.oid, t.typowner, 'USAGE') OR x.is_grantable THEN 'YES' ELSE 'NO' END
FROM pg_catalog.pg_type t
     JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
     CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))) AS x
     JOIN pg_catalog.pg_authid g ON g.oid = x.grantor
     LEFT JOIN pg_catalog.pg_authid r ON r.oid = x.grantee
WHERE t.typtype = 'd' AND x.privilege_type = 'USAGE' AND (x.grantee = 0 OR r.oid IS NOT NULL)
  AND (x.grantee = 0 OR pg_catalog.pg_has_role(g.oid, 'USAGE') OR pg_catalog.pg_has_role(r.oid, 'USAGE'))

-- role_usage_grants
SELECT u.grantor AS grantor, u.grantee AS grantee, u.object_catalog AS object_catalog, u.object_schema AS object_schema,
       u.object_name AS object_name, u.object_type AS object_type, u.privilege_type AS privilege_type, u.is_grantable AS is_grantable
FROM information_schema.usage_privileges u
WHERE u.grantor IN (SELECT role_name FROM information_schema.enabled_roles)
   OR u.grantee IN (SELECT role_name FROM information_schema.enabled_roles)

-- view_table_usage
SELECT DISTINCT current_database() AS view_catalog, nv.nspname AS view_schema, v.relname AS view_name,
       current_database() AS table_catalog, nt.nspname AS table_schema, t.relname AS table_name
FROM pg_catalog.pg_class v
     JOIN pg_catalog.pg_namespace nv ON nv.oid = v.relnamespace
     JOIN pg_catalog.pg_rewrite r ON r.ev_class = v.oid
     JOIN pg_catalog.pg_depend d ON d.classid = 2618 AND d.objid = r.oid AND d.refclassid = 1259 AND d.refobjid <> r.ev_class
     JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
     JOIN pg_catalog.pg_namespace nt ON nt.oid = t.relnamespace
WHERE v.relkind = 'v' AND t.relkind IN ('r', 'v', 'f', 'p') AND pg_catalog.pg_has_role(t.relowner, 'USAGE')

-- view_column_usage
SELECT DISTINCT current_database() AS view_catalog, nv.nspname AS view_schema, v.relname AS view_name,
       current_database() AS table_catalog, nt.nspname AS table_schema, t.relname AS table_name, a.attname AS column_name
FROM pg_catalog.pg_class v
     JOIN pg_catalog.pg_namespace nv ON nv.oid = v.relnamespace
     JOIN pg_catalog.pg_rewrite r ON r.ev_class = v.oid
     JOIN pg_catalog.pg_depend d ON d.classid = 2618 AND d.objid = r.oid AND d.refclassid = 1259 AND d.refobjid <> r.ev_class
     JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
     JOIN pg_catalog.pg_namespace nt ON nt.oid = t.relnamespace
     JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE v.relkind = 'v' AND t.relkind IN ('r', 'v', 'f', 'p') AND pg_catalog.pg_has_role(t.relowner, 'USAGE')

-- view_routine_usage
SELECT DISTINCT current_database() AS table_catalog, nv.nspname AS table_schema, v.relname AS table_name,
       current_database() AS specific_catalog, np.nspname AS specific_schema,
       p.proname || '_' || p.oid::pg_catalog.text AS specific_name
FROM pg_catalog.pg_class v
     JOIN pg_catalog.pg_namespace nv ON nv.oid = v.relnamespace
     JOIN pg_catalog.pg_rewrite r ON r.ev_class = v.oid
     JOIN pg_catalog.pg_depend d ON d.classid = 2618 AND d.objid = r.oid AND d.refclassid = 1255
     JOIN pg_catalog.pg_proc p ON p.oid = d.refobjid
     JOIN pg_catalog.pg_namespace np ON np.oid = p.pronamespace
WHERE v.relkind = 'v' AND pg_catalog.pg_has_role(p.proowner, 'USAGE')

-- routine_routine_usage
SELECT DISTINCT current_database() AS specific_catalog, np.nspname AS specific_schema,
       p.proname || '_' || p.oid::pg_catalog.text AS specific_name,
       current_database() AS routine_catalog, nr.nspname AS routine_schema,
       q.proname || '_' || q.oid::pg_catalog.text AS routine_name
FROM pg_catalog.pg_depend d
     JOIN pg_catalog.pg_proc p ON p.oid = d.objid
     JOIN pg_catalog.pg_namespace np ON np.oid = p.pronamespace
     JOIN pg_catalog.pg_proc q ON q.oid = d.refobjid
     JOIN pg_catalog.pg_namespace nr ON nr.oid = q.pronamespace
WHERE d.classid = 1255 AND d.refclassid = 1255 AND p.prokind IN ('f', 'p') AND q.prokind IN ('f', 'p')
  AND pg_catalog.pg_has_role(q.proowner, 'USAGE')
