import java.sql.*;
import java.util.*;

/** What pgjdbc's DatabaseMetaData tells, for ../metadata: a line "== pgjdbc: what" and its rows, for each. */
public class Metadata {
  interface Ask { ResultSet of(DatabaseMetaData m) throws SQLException; }

  static DatabaseMetaData m;

  static void ask(String what, Ask a) throws SQLException {
    System.out.println("== pgjdbc: " + what);
    try (ResultSet r = a.of(m)) {
      ResultSetMetaData d = r.getMetaData();
      while (r.next()) {
        StringBuilder b = new StringBuilder();
        for (int i = 1; i <= d.getColumnCount(); i++) b.append(i > 1 ? "|" : "").append(d.getColumnName(i)).append('=').append(r.getString(i));
        System.out.println(b.toString().replace("\n", "\\n"));
      }
    }
  }

  static void list(String what, Object... values) {
    System.out.println("== pgjdbc: " + what);
    for (Object v : values) System.out.println(v);
  }

  public static void main(String[] args) throws Exception {
    Map<String, String> env = System.getenv();
    Connection c = DriverManager.getConnection("jdbc:postgresql://" + env.get("PGHOST") + ":" + env.get("PGPORT") + "/" + env.get("PGDATABASE"), env.get("PGUSER"), env.getOrDefault("PGPASSWORD", ""));
    m = c.getMetaData();
    list("product", m.getDatabaseProductName(), m.getDatabaseProductVersion(), m.getDatabaseMajorVersion(), m.getDatabaseMinorVersion());
    list("limits", m.getMaxColumnNameLength(), m.getMaxColumnsInIndex(), m.getMaxColumnsInTable(), m.getMaxTableNameLength(), m.getMaxStatements(), m.getDefaultTransactionIsolation(), m.getIdentifierQuoteString(),
        m.storesLowerCaseIdentifiers(), m.supportsGetGeneratedKeys(), m.isReadOnly(), m.nullsAreSortedHigh());
    list("getSQLKeywords", (Object[]) m.getSQLKeywords().split(","));
    list("functions", m.getNumericFunctions(), m.getStringFunctions(), m.getSystemFunctions(), m.getTimeDateFunctions());
    ask("getCatalogs", x -> x.getCatalogs());
    ask("getSchemas", x -> x.getSchemas());
    ask("getSchemas of a pattern", x -> x.getSchemas(null, "e%"));
    ask("getTableTypes", x -> x.getTableTypes());
    ask("getTables ec2", x -> x.getTables(null, "ec2", "%", null));
    ask("getTables public", x -> x.getTables(null, "public", "%", null));
    ask("getTables of two types", x -> x.getTables(null, null, "%low%", new String[] {"TABLE", "VIEW"}));
    ask("getTables pg_catalog", x -> x.getTables(null, "pg_catalog", "%", null));
    ask("getTables information_schema", x -> x.getTables(null, "information_schema", "%", null));
    ask("getColumns flow_logs", x -> x.getColumns(null, "ec2", "flow_logs", "%"));
    ask("getColumns aws_vpc_flow_log", x -> x.getColumns(null, "public", "aws_vpc_flow_log", "%"));
    ask("getColumns pg_class", x -> x.getColumns(null, "pg_catalog", "pg_class", null));
    ask("getColumns of a pattern", x -> x.getColumns(null, "ec2", null, "%Id"));
    ask("getPrimaryKeys", x -> x.getPrimaryKeys(null, "ec2", "flow_logs"));
    ask("getPrimaryKeys pg_class", x -> x.getPrimaryKeys(null, "pg_catalog", "pg_class"));
    ask("getIndexInfo", x -> x.getIndexInfo(null, "ec2", "flow_logs", false, true));
    ask("getIndexInfo pg_class", x -> x.getIndexInfo(null, "pg_catalog", "pg_class", true, false));
    ask("getImportedKeys", x -> x.getImportedKeys(null, "ec2", "flow_logs"));
    ask("getExportedKeys", x -> x.getExportedKeys(null, "ec2", "flow_logs"));
    ask("getCrossReference", x -> x.getCrossReference(null, "ec2", "flow_logs", null, "ec2", "flow_logs"));
    ask("getBestRowIdentifier", x -> x.getBestRowIdentifier(null, "ec2", "flow_logs", DatabaseMetaData.bestRowSession, true));
    ask("getVersionColumns", x -> x.getVersionColumns(null, "ec2", "flow_logs"));
    ask("getTablePrivileges", x -> x.getTablePrivileges(null, "ec2", "flow_logs"));
    ask("getColumnPrivileges", x -> x.getColumnPrivileges(null, "ec2", "flow_logs", "region"));
    ask("getTypeInfo", x -> x.getTypeInfo());
    ask("getUDTs", x -> x.getUDTs(null, "ec2", "%", null));
    ask("getProcedures", x -> x.getProcedures(null, "pg_catalog", "%abs%"));
    ask("getProcedureColumns", x -> x.getProcedureColumns(null, "pg_catalog", "split_part", null));
    ask("getFunctions", x -> x.getFunctions(null, "pg_catalog", "json_%"));
    ask("getFunctionColumns", x -> x.getFunctionColumns(null, "pg_catalog", "json_each", null));
    ask("getClientInfoProperties", x -> x.getClientInfoProperties());
    for (String t : new String[] {"ec2.flow_logs", "public.aws_vpc_flow_log"}) {
      ResultSetMetaData d = c.prepareStatement("select * from " + t).getMetaData();
      List<String> cols = new ArrayList<>();
      for (int i = 1; i <= d.getColumnCount(); i++)
        cols.add(String.join("|", d.getColumnName(i), d.getColumnLabel(i), d.getColumnTypeName(i), "" + d.getColumnType(i), "" + d.getPrecision(i), "" + d.getScale(i), "" + d.getColumnDisplaySize(i), d.getColumnClassName(i),
            "" + d.isNullable(i), "" + d.isAutoIncrement(i), d.getTableName(i), d.getSchemaName(i), "" + d.isSearchable(i), "" + d.isCaseSensitive(i), "" + d.isSigned(i)));
      list("result set of " + t, cols.toArray());
    }
  }
}
