package analyze

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// ddlTag is the command tag of a statement that we do not run,
// CreateCommandTag.
func ddlTag(n *pg_query.Node) string {
	switch s := n.Node.(type) {
	case *pg_query.Node_CreateTableAsStmt:
		if s.CreateTableAsStmt.IsSelectInto {
			return "SELECT INTO"
		}
		if s.CreateTableAsStmt.Objtype == pg_query.ObjectType_OBJECT_MATVIEW {
			return "CREATE MATERIALIZED VIEW"
		}
		return "CREATE TABLE AS"
	case *pg_query.Node_DropStmt:
		return "DROP " + objectName(s.DropStmt.RemoveType)
	case *pg_query.Node_RenameStmt:
		t := s.RenameStmt.RenameType
		if t == pg_query.ObjectType_OBJECT_COLUMN || t == pg_query.ObjectType_OBJECT_ATTRIBUTE {
			t = s.RenameStmt.RelationType
		}
		return "ALTER " + objectName(t)
	case *pg_query.Node_AlterTableStmt:
		return "ALTER " + objectName(s.AlterTableStmt.Objtype)
	case *pg_query.Node_AlterObjectSchemaStmt:
		return "ALTER " + objectName(s.AlterObjectSchemaStmt.ObjectType)
	case *pg_query.Node_AlterObjectDependsStmt:
		return "ALTER " + objectName(s.AlterObjectDependsStmt.ObjectType)
	case *pg_query.Node_AlterOwnerStmt:
		return "ALTER " + objectName(s.AlterOwnerStmt.ObjectType)
	case *pg_query.Node_AlterFunctionStmt:
		return "ALTER " + objectName(s.AlterFunctionStmt.Objtype)
	case *pg_query.Node_DefineStmt:
		return "CREATE " + objectName(s.DefineStmt.Kind)
	case *pg_query.Node_CreateFunctionStmt:
		if s.CreateFunctionStmt.IsProcedure {
			return "CREATE PROCEDURE"
		}
		return "CREATE FUNCTION"
	case *pg_query.Node_GrantStmt:
		if s.GrantStmt.IsGrant {
			return "GRANT"
		}
		return "REVOKE"
	case *pg_query.Node_GrantRoleStmt:
		if s.GrantRoleStmt.IsGrant {
			return "GRANT ROLE"
		}
		return "REVOKE ROLE"
	}
	if m := innerMessage(n); m != nil {
		name := string(m.ProtoReflect().Descriptor().Name())
		if tag, ok := ddlTags[name]; ok {
			return tag
		}
		return strings.ToUpper(strings.TrimSuffix(name, "Stmt"))
	}
	return "???"
}

// objectName is how command tags name a kind of object.
func objectName(t pg_query.ObjectType) string {
	switch t {
	case pg_query.ObjectType_OBJECT_FDW:
		return "FOREIGN DATA WRAPPER"
	case pg_query.ObjectType_OBJECT_FOREIGN_SERVER:
		return "SERVER"
	case pg_query.ObjectType_OBJECT_MATVIEW:
		return "MATERIALIZED VIEW"
	case pg_query.ObjectType_OBJECT_OPCLASS:
		return "OPERATOR CLASS"
	case pg_query.ObjectType_OBJECT_OPFAMILY:
		return "OPERATOR FAMILY"
	case pg_query.ObjectType_OBJECT_STATISTIC_EXT:
		return "STATISTICS"
	case pg_query.ObjectType_OBJECT_TSCONFIGURATION:
		return "TEXT SEARCH CONFIGURATION"
	case pg_query.ObjectType_OBJECT_TSDICTIONARY:
		return "TEXT SEARCH DICTIONARY"
	case pg_query.ObjectType_OBJECT_TSPARSER:
		return "TEXT SEARCH PARSER"
	case pg_query.ObjectType_OBJECT_TSTEMPLATE:
		return "TEXT SEARCH TEMPLATE"
	case pg_query.ObjectType_OBJECT_ATTRIBUTE:
		return "TYPE"
	case pg_query.ObjectType_OBJECT_DOMCONSTRAINT:
		return "DOMAIN"
	case pg_query.ObjectType_OBJECT_TABCONSTRAINT, pg_query.ObjectType_OBJECT_COLUMN:
		return "TABLE"
	}
	return strings.ReplaceAll(strings.TrimPrefix(t.String(), "OBJECT_"), "_", " ")
}

var ddlTags = map[string]string{
	"AlterCollationStmt":           "ALTER COLLATION",
	"AlterDatabaseRefreshCollStmt": "ALTER DATABASE",
	"AlterDatabaseSetStmt":         "ALTER DATABASE",
	"AlterDatabaseStmt":            "ALTER DATABASE",
	"AlterDefaultPrivilegesStmt":   "ALTER DEFAULT PRIVILEGES",
	"AlterDomainStmt":              "ALTER DOMAIN",
	"AlterEnumStmt":                "ALTER TYPE",
	"AlterEventTrigStmt":           "ALTER EVENT TRIGGER",
	"AlterExtensionContentsStmt":   "ALTER EXTENSION",
	"AlterExtensionStmt":           "ALTER EXTENSION",
	"AlterFdwStmt":                 "ALTER FOREIGN DATA WRAPPER",
	"AlterForeignServerStmt":       "ALTER SERVER",
	"AlterOpFamilyStmt":            "ALTER OPERATOR FAMILY",
	"AlterOperatorStmt":            "ALTER OPERATOR",
	"AlterPolicyStmt":              "ALTER POLICY",
	"AlterPublicationStmt":         "ALTER PUBLICATION",
	"AlterRoleSetStmt":             "ALTER ROLE",
	"AlterRoleStmt":                "ALTER ROLE",
	"AlterSeqStmt":                 "ALTER SEQUENCE",
	"AlterStatsStmt":               "ALTER STATISTICS",
	"AlterSubscriptionStmt":        "ALTER SUBSCRIPTION",
	"AlterSystemStmt":              "ALTER SYSTEM",
	"AlterTSConfigurationStmt":     "ALTER TEXT SEARCH CONFIGURATION",
	"AlterTSDictionaryStmt":        "ALTER TEXT SEARCH DICTIONARY",
	"AlterTableMoveAllStmt":        "ALTER TABLE",
	"AlterTableSpaceOptionsStmt":   "ALTER TABLESPACE",
	"AlterTypeStmt":                "ALTER TYPE",
	"AlterUserMappingStmt":         "ALTER USER MAPPING",
	"CallStmt":                     "CALL",
	"ClusterStmt":                  "CLUSTER",
	"CommentStmt":                  "COMMENT",
	"CompositeTypeStmt":            "CREATE TYPE",
	"CreateAmStmt":                 "CREATE ACCESS METHOD",
	"CreateCastStmt":               "CREATE CAST",
	"CreateConversionStmt":         "CREATE CONVERSION",
	"CreateDomainStmt":             "CREATE DOMAIN",
	"CreateEnumStmt":               "CREATE TYPE",
	"CreateEventTrigStmt":          "CREATE EVENT TRIGGER",
	"CreateExtensionStmt":          "CREATE EXTENSION",
	"CreateFdwStmt":                "CREATE FOREIGN DATA WRAPPER",
	"CreateForeignServerStmt":      "CREATE SERVER",
	"CreateForeignTableStmt":       "CREATE FOREIGN TABLE",
	"CreateOpClassStmt":            "CREATE OPERATOR CLASS",
	"CreateOpFamilyStmt":           "CREATE OPERATOR FAMILY",
	"CreatePLangStmt":              "CREATE LANGUAGE",
	"CreatePolicyStmt":             "CREATE POLICY",
	"CreatePublicationStmt":        "CREATE PUBLICATION",
	"CreateRangeStmt":              "CREATE TYPE",
	"CreateRoleStmt":               "CREATE ROLE",
	"CreateSchemaStmt":             "CREATE SCHEMA",
	"CreateSeqStmt":                "CREATE SEQUENCE",
	"CreateStatsStmt":              "CREATE STATISTICS",
	"CreateStmt":                   "CREATE TABLE",
	"CreateSubscriptionStmt":       "CREATE SUBSCRIPTION",
	"CreateTableSpaceStmt":         "CREATE TABLESPACE",
	"CreateTransformStmt":          "CREATE TRANSFORM",
	"CreateTrigStmt":               "CREATE TRIGGER",
	"CreateUserMappingStmt":        "CREATE USER MAPPING",
	"CreatedbStmt":                 "CREATE DATABASE",
	"DoStmt":                       "DO",
	"DropOwnedStmt":                "DROP OWNED",
	"DropRoleStmt":                 "DROP ROLE",
	"DropSubscriptionStmt":         "DROP SUBSCRIPTION",
	"DropTableSpaceStmt":           "DROP TABLESPACE",
	"DropUserMappingStmt":          "DROP USER MAPPING",
	"DropdbStmt":                   "DROP DATABASE",
	"ImportForeignSchemaStmt":      "IMPORT FOREIGN SCHEMA",
	"IndexStmt":                    "CREATE INDEX",
	"LoadStmt":                     "LOAD",
	"ReassignOwnedStmt":            "REASSIGN OWNED",
	"RefreshMatViewStmt":           "REFRESH MATERIALIZED VIEW",
	"ReindexStmt":                  "REINDEX",
	"ReplicaIdentityStmt":          "ALTER TABLE",
	"RuleStmt":                     "CREATE RULE",
	"SecLabelStmt":                 "SECURITY LABEL",
	"TruncateStmt":                 "TRUNCATE TABLE",
	"ViewStmt":                     "CREATE VIEW",
}

// HasQuery tells whether parse analysis looks into a statement (transformStmt).
func (r *RawStmt) HasQuery() bool {
	switch r.Node.Node.(type) {
	case *pg_query.Node_SelectStmt, *pg_query.Node_InsertStmt, *pg_query.Node_UpdateStmt, *pg_query.Node_DeleteStmt,
		*pg_query.Node_MergeStmt, *pg_query.Node_ExplainStmt, *pg_query.Node_DeclareCursorStmt, *pg_query.Node_CreateTableAsStmt, *pg_query.Node_CallStmt:
		return true
	}
	return false
}

// Defines gives the tag of a statement that makes, changes or removes objects, so
// that a read-only transaction may not have it (ClassifyUtilityCommandAsReadOnly); "" of others.
func (r *RawStmt) Defines() string {
	switch r.Node.Node.(type) {
	case *pg_query.Node_SelectStmt:
		if selectInto(r.Node.GetSelectStmt()) == nil {
			return ""
		}
		return "SELECT INTO"
	case *pg_query.Node_InsertStmt, *pg_query.Node_UpdateStmt, *pg_query.Node_DeleteStmt, *pg_query.Node_MergeStmt,
		*pg_query.Node_AlterSystemStmt, *pg_query.Node_CallStmt, *pg_query.Node_DoStmt, *pg_query.Node_LoadStmt, *pg_query.Node_CheckPointStmt,
		*pg_query.Node_ClusterStmt, *pg_query.Node_ReindexStmt, *pg_query.Node_VacuumStmt, *pg_query.Node_LockStmt, *pg_query.Node_CopyStmt,
		*pg_query.Node_ClosePortalStmt, *pg_query.Node_ConstraintsSetStmt, *pg_query.Node_DeallocateStmt, *pg_query.Node_DeclareCursorStmt,
		*pg_query.Node_DiscardStmt, *pg_query.Node_ExecuteStmt, *pg_query.Node_FetchStmt, *pg_query.Node_ListenStmt, *pg_query.Node_NotifyStmt,
		*pg_query.Node_PrepareStmt, *pg_query.Node_UnlistenStmt, *pg_query.Node_VariableSetStmt, *pg_query.Node_VariableShowStmt,
		*pg_query.Node_ExplainStmt, *pg_query.Node_TransactionStmt:
		return ""
	}
	return ddlTag(r.Node)
}

// Alone names a command that PostgreSQL runs in no transaction block; "": it is none
// (PreventInTransactionBlock in standard_ProcessUtility).
func (r *RawStmt) Alone() string {
	switch s := r.Node.Node.(type) {
	case *pg_query.Node_CreatedbStmt, *pg_query.Node_DropdbStmt, *pg_query.Node_CreateTableSpaceStmt, *pg_query.Node_DropTableSpaceStmt,
		*pg_query.Node_AlterSystemStmt:
		return ddlTag(r.Node)
	case *pg_query.Node_AlterDatabaseStmt:
		if option(s.AlterDatabaseStmt.Options, "tablespace") {
			return "ALTER DATABASE SET TABLESPACE"
		}
	case *pg_query.Node_IndexStmt:
		if s.IndexStmt.Concurrent {
			return "CREATE INDEX CONCURRENTLY"
		}
	case *pg_query.Node_DropStmt:
		if s.DropStmt.Concurrent {
			return "DROP INDEX CONCURRENTLY"
		}
	case *pg_query.Node_ClusterStmt:
		if s.ClusterStmt.Relation == nil {
			return "CLUSTER"
		}
	case *pg_query.Node_ReindexStmt:
		switch {
		case option(s.ReindexStmt.Params, "concurrently"):
			return "REINDEX CONCURRENTLY"
		case s.ReindexStmt.Kind == pg_query.ReindexObjectType_REINDEX_OBJECT_DATABASE:
			return "REINDEX DATABASE"
		case s.ReindexStmt.Kind == pg_query.ReindexObjectType_REINDEX_OBJECT_SYSTEM:
			return "REINDEX SYSTEM"
		case s.ReindexStmt.Kind == pg_query.ReindexObjectType_REINDEX_OBJECT_SCHEMA:
			return "REINDEX SCHEMA"
		}
	}
	return ""
}

func option(list []*pg_query.Node, name string) bool {
	return slices.ContainsFunc(list, func(n *pg_query.Node) bool { return n.GetDefElem().GetDefname() == name })
}
