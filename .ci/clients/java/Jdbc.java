import java.io.*;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.*;
import java.time.OffsetDateTime;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.copy.CopyOut;

/** pgjdbc; see python/compat.py for the environment and for what a step is. */
public class Jdbc {
  interface Step { Object run() throws Exception; }

  static int failed;
  static PrintStream out;
  static Connection c;

  static void step(String name, Step s) {
    try {
      Object v = s.run();
      if (Boolean.FALSE.equals(v)) throw new Exception("it gave false");
      System.out.println("pgjdbc: " + name + ": ok");
      if (out != null && v != null && !(v instanceof Boolean)) out.print(name + ":\n" + v);
    } catch (Throwable e) {
      failed++;
      System.out.println("pgjdbc: " + name + ": FAILED");
      e.printStackTrace();
      try { if (c != null && !c.getAutoCommit()) c.rollback(); } catch (SQLException e2) { e2.printStackTrace(); }
    }
  }

  /** The rows of a result set as text. */
  static String rows(ResultSet r) throws SQLException {
    StringBuilder b = new StringBuilder();
    ResultSetMetaData m = r.getMetaData();
    while (r.next()) {
      for (int i = 1; i <= m.getColumnCount(); i++) b.append(i > 1 ? "|" : "").append(m.getColumnName(i)).append('=').append(r.getString(i));
      b.append('\n');
    }
    r.close();
    return b.toString();
  }

  static String need(String s, int lines) throws Exception {
    if (s.lines().count() < lines) throw new Exception("only " + s.lines().count() + " rows:\n" + s);
    return s;
  }

  static String state(String sql) {
    try (Statement s = c.createStatement()) {
      s.execute(sql);
      return "none";
    } catch (SQLException e) {
      return e.getSQLState();
    }
  }

  static String env(String k, String d) { return System.getenv().getOrDefault(k, d); }

  public static void main(String[] a) throws Exception {
    if (System.getenv("COMPAT_OUT") != null) out = new PrintStream(System.getenv("COMPAT_OUT") + "/pgjdbc", StandardCharsets.UTF_8);
    boolean control = System.getenv("COMPAT_CONTROL") != null;
    String url = "jdbc:postgresql://" + env("PGHOST", "") + ":" + env("PGPORT", "") + "/" + env("PGDATABASE", "");
    Properties p = new Properties();
    p.setProperty("user", env("PGUSER", ""));
    p.setProperty("password", env("PGPASSWORD", ""));
    p.setProperty("ApplicationName", "app");
    c = DriverManager.getConnection(url, p);
    DatabaseMetaData m = c.getMetaData();
    System.out.println("pgjdbc: version: " + m.getDriverVersion());
    step("version", () -> m.getDatabaseMajorVersion() == 16 && m.getDatabaseProductName().equals("PostgreSQL"));
    step("isValid", () -> c.isValid(2));
    step("getCatalogs", () -> need(rows(m.getCatalogs()), 1).contains(c.getCatalog()));
    step("getSchemas", () -> rows(m.getSchemas()));
    step("getSchemas(pattern)", () -> need(rows(m.getSchemas(null, "e%")), 1));
    step("getTableTypes", () -> rows(m.getTableTypes()));
    step("getTables", () -> need(rows(m.getTables(null, "ec2", "%", null)), 1));
    step("getTables(system)", () -> rows(m.getTables(null, "pg_catalog", "pg\\_%class%", new String[] {"SYSTEM TABLE", "SYSTEM VIEW", "SYSTEM INDEX"})));
    step("getTables(all types)", () -> need(rows(m.getTables(null, null, "%flow%", new String[] {"TABLE", "VIEW", "INDEX", "MATERIALIZED VIEW", "FOREIGN TABLE", "SEQUENCE", "PARTITIONED TABLE"})), 2));
    step("getColumns", () -> need(rows(m.getColumns(null, "ec2", "flow_logs", "%")), 21));
    step("getColumns(catalog)", () -> need(rows(m.getColumns(null, "pg_catalog", "pg_t%", "%")), 100));
    step("getColumns(information_schema)", () -> need(rows(m.getColumns(null, "information_schema", "tables", null)), 12));
    step("getPrimaryKeys", () -> need(rows(m.getPrimaryKeys(null, "ec2", "flow_logs")), 1));
    step("getIndexInfo", () -> need(rows(m.getIndexInfo(null, "ec2", "flow_logs", false, false)).replaceAll("(CARDINALITY|PAGES)=-?[0-9]+", "$1"), 1));
    step("getIndexInfo(unique)", () -> need(rows(m.getIndexInfo(null, "pg_catalog", "pg_class", true, true)).replaceAll("(CARDINALITY|PAGES)=-?[0-9]+", "$1"), 2));
    step("getBestRowIdentifier", () -> need(rows(m.getBestRowIdentifier(null, "ec2", "flow_logs", DatabaseMetaData.bestRowSession, true)), 1));
    step("getVersionColumns", () -> rows(m.getVersionColumns(null, "ec2", "flow_logs")));
    step("getImportedKeys", () -> rows(m.getImportedKeys(null, "ec2", "flow_logs")));
    step("getExportedKeys", () -> rows(m.getExportedKeys(null, "ec2", "flow_logs")));
    step("getCrossReference", () -> rows(m.getCrossReference(null, "ec2", "flow_logs", null, "ec2", "flow_logs")));
    step("getTablePrivileges", () -> rows(m.getTablePrivileges(null, "ec2", "flow_logs")));
    step("getColumnPrivileges", () -> rows(m.getColumnPrivileges(null, "ec2", "flow_logs", "region")));
    step("getTypeInfo", () -> need(rows(m.getTypeInfo()), 50).lines().filter(l -> !l.contains("flow_logs")).sorted().reduce("", (x, y) -> x + y + "\n"));
    step("getUDTs", () -> rows(m.getUDTs(null, "information_schema", "%", null)));
    step("getProcedures", () -> rows(m.getProcedures(null, "pg_catalog", "pg_s%")).replaceAll("REMARKS=[^|]*", "REMARKS"));
    step("getProcedureColumns", () -> rows(m.getProcedureColumns(null, "pg_catalog", "ab%", "%")));
    step("getFunctions", () -> need(rows(m.getFunctions(null, "pg_catalog", "pg_get%")).replaceAll("REMARKS=[^|]*", "REMARKS"), 10));
    step("getFunctionColumns", () -> need(rows(m.getFunctionColumns(null, "pg_catalog", "pg_get_k%", "%")), 2));
    step("getClientInfoProperties", () -> rows(m.getClientInfoProperties()));
    step("getSQLKeywords", () -> m.getSQLKeywords() + "\n");
    step("getMaxColumnNameLength", () -> m.getMaxColumnNameLength() == 63 && m.getMaxColumnsInIndex() == 32);
    step("getSuperTables", () -> { try { return rows(m.getSuperTables(null, "ec2", "%")); } catch (SQLFeatureNotSupportedException e) { return true; } });

    step("result set metadata", () -> {
      try (Statement s = c.createStatement(); ResultSet r = s.executeQuery("select f.*, count(*) over () n, 1.5::numeric(5,2) x from ec2.flow_logs f limit 1")) {
        ResultSetMetaData d = r.getMetaData();
        StringBuilder b = new StringBuilder();
        for (int i = 1; i <= d.getColumnCount(); i++)
          b.append(d.getColumnName(i)).append(' ').append(d.getSchemaName(i)).append('.').append(d.getTableName(i)).append(' ').append(d.getColumnTypeName(i)).append(' ')
              .append(d.isNullable(i)).append(' ').append(d.isAutoIncrement(i)).append(' ').append(d.getPrecision(i)).append(' ').append(d.getScale(i)).append(' ').append(d.getColumnClassName(i)).append('\n');
        return b.toString();
      }
    });
    step("parameter metadata", () -> {
      try (PreparedStatement s = c.prepareStatement("select * from ec2.flow_logs where region = ? and \"maxAggregationInterval\" > ? and \"creationTime\" < ? and tags @> ?")) {
        ParameterMetaData d = s.getParameterMetaData();
        StringBuilder b = new StringBuilder();
        for (int i = 1; i <= d.getParameterCount(); i++) b.append(d.getParameterTypeName(i)).append(' ').append(d.getParameterType(i)).append('\n');
        return b.toString();
      }
    });
    for (int k = 1; k <= 8; k++) { // named from the fifth on, binary from the sixth
      step("types, run " + k, types(k));
    }
    c.setAutoCommit(false);
    step("fetch size", () -> {
      String last = null;
      try (PreparedStatement s = c.prepareStatement("select \"flowLogId\", \"creationTime\", \"maxAggregationInterval\", tags from ec2.flow_logs where region = ? and \"trafficType\" = ? order by 1")) {
        s.setFetchSize(7);
        for (int k = 0; k < 8; k++) {
          s.setString(1, "us-east-1");
          s.setString(2, "REJECT");
          String got = need(rows(s.executeQuery()), 8);
          if (last != null && !last.equals(got)) throw new Exception("run " + k + " differs");
          last = got;
        }
      }
      return last;
    });
    step("max rows", () -> {
      try (Statement s = c.createStatement()) {
        s.setMaxRows(3);
        return rows(s.executeQuery("select * from generate_series(1, 10) g")).lines().count() == 3;
      }
    });
    step("scrollable result set", () -> {
      try (Statement s = c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY); ResultSet r = s.executeQuery("select * from generate_series(1, 10) g")) {
        return r.last() && r.getInt(1) == 10 && r.absolute(3) && r.getInt(1) == 3 && r.previous() && r.getInt(1) == 2;
      }
    });
    step("error", () -> state("select nope from ec2.flow_logs").equals("42703"));
    step("failed transaction", () -> state("select 1").equals("25P02"));
    step("rollback", () -> { c.rollback(); return state("select 1").equals("none"); });
    step("savepoint", () -> {
      Savepoint sp = c.setSavepoint("a");
      if (!state("select 1/0").equals("22012")) return false;
      c.rollback(sp);
      c.releaseSavepoint(sp);
      boolean ok = state("select 1").equals("none");
      c.commit();
      return ok;
    });
    step("transaction isolation", () -> {
      c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
      String got;
      try (Statement s = c.createStatement()) { got = rows(s.executeQuery("show transaction_isolation")); }
      c.commit();
      c.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      return got;
    });
    step("read only", () -> {
      c.setReadOnly(true);
      String st = state("delete from ec2.flow_logs where region = 'x'");
      c.rollback();
      c.setReadOnly(false);
      return st.equals("25006");
    });
    c.setAutoCommit(true);
    step("schema and client info", () -> {
      c.setSchema("ec2");
      c.setClientInfo("ApplicationName", "renamed");
      String s = c.getSchema();
      try (Statement st = c.createStatement()) { st.execute("set search_path = public, ec2"); }
      return s.equals("ec2");
    });
    step("many statements", () -> {
      try (Statement s = c.createStatement()) {
        s.execute("select 1; select 2");
        return s.getMoreResults();
      }
    });
    step("batch", () -> {
      try (Statement s = c.createStatement()) {
        s.addBatch("set statement_timeout = '30s'");
        s.addBatch("set statement_timeout = 0");
        return s.executeBatch().length == 2;
      }
    });
    step("escape syntax", () -> {
      try (Statement s = c.createStatement(); ResultSet r = s.executeQuery("select {fn upper('a')}, {d '2024-01-02'}, {ts '2024-01-02 03:04:05'}, {fn concat('a', 'b')}, {fn length('abc')}, {fn timestampdiff(SQL_TSI_DAY, {ts '2024-01-01 00:00:00'}, {ts '2024-01-05 00:00:00'})}")) {
        return rows(r);
      }
    });
    step("callable statement", () -> {
      try (CallableStatement s = c.prepareCall("{? = call pg_catalog.upper(?)}")) {
        s.registerOutParameter(1, Types.VARCHAR);
        s.setString(2, "abc");
        s.execute();
        return s.getString(1).equals("ABC");
      }
    });
    step("copy out", () -> {
      ByteArrayOutputStream b = new ByteArrayOutputStream();
      return c.unwrap(PGConnection.class).getCopyAPI().copyOut("copy (select region from ec2.flow_logs) to stdout with csv header", b) > 100 && b.toString().startsWith("region\n");
    });
    step("cancel", () -> {
      try (Statement s = c.createStatement()) {
        Thread t = new Thread(() -> { try { Thread.sleep(300); s.cancel(); } catch (Exception e) { throw new RuntimeException(e); } });
        t.start();
        s.execute("select pg_sleep(20)");
        return false;
      } catch (SQLException e) {
        return e.getSQLState().equals("57014");
      }
    });
    step("query timeout", () -> {
      try (Statement s = c.createStatement()) {
        s.setQueryTimeout(1);
        s.execute("select pg_sleep(20)");
        return false;
      } catch (SQLException e) {
        return e.getSQLState().equals("57014");
      }
    });
    step("listen and notify", () -> {
      try (Statement s = c.createStatement()) {
        s.execute("listen ch");
        s.execute("notify ch, 'hello'");
        PGNotification[] n = c.unwrap(PGConnection.class).getNotifications(2000);
        return n != null && n.length == 1 && n[0].getParameter().equals("hello");
      }
    });
    step("warnings", () -> {
      try (Statement s = c.createStatement()) {
        s.execute("rollback");
        return s.getWarnings().getSQLState().equals("25P01");
      }
    });
    for (String mode : new String[] {"simple", "extended", "extendedForPrepared", "extendedCacheEverything"})
      step("preferQueryMode=" + mode, () -> {
        Properties q = new Properties();
        q.putAll(p);
        q.setProperty("preferQueryMode", mode);
        q.setProperty("binaryTransfer", "true");
        q.setProperty("prepareThreshold", "-1");
        q.setProperty("autosave", "always");
        q.setProperty("options", "-c search_path=ec2 -c statement_timeout=30000");
        q.setProperty("assumeMinServerVersion", "9.4");
        try (Connection d = DriverManager.getConnection(url, q)) {
          d.setAutoCommit(false);
          try (PreparedStatement s = d.prepareStatement("select count(*), max(\"creationTime\") > ? from flow_logs where region = ? and \"maxAggregationInterval\" in (?, ?)")) {
            s.setObject(1, OffsetDateTime.parse("2001-01-01T00:00:00Z"));
            s.setString(2, "us-east-1");
            s.setInt(3, 60);
            s.setInt(4, 600);
            String r = rows(s.executeQuery());
            try (Statement t = d.createStatement()) { t.execute("select 1/0"); return false; } catch (SQLException e) { }
            r += rows(s.executeQuery()); // autosave has kept the transaction
            d.commit();
            return r;
          }
        }
      });
    if (!control) {
      step("insert returning, delete", () -> {
        String res, acct;
        try (Statement s = c.createStatement(); ResultSet r = s.executeQuery("select \"resourceId\", \"accountId\" from ec2.flow_logs where \"resourceId\" like 'eni-%' and region = 'us-east-1' group by 1, 2 having count(*) = 1 order by 1 limit 1")) {
          r.next();
          res = r.getString(1);
          acct = r.getString(2);
        }
        String id;
        try (PreparedStatement s = c.prepareStatement("insert into ec2.flow_logs (\"resourceId\", \"trafficType\", \"logDestinationType\", \"logDestination\", region, \"accountId\") values (?, 'ALL', 's3', ?, 'us-east-1', ?)", new String[] {"flowLogId"})) {
          s.setString(1, res);
          s.setString(2, "arn:aws:s3:::flowgres-ci/pgjdbc/");
          s.setString(3, acct);
          if (s.executeUpdate() != 1) return false;
          ResultSet k = s.getGeneratedKeys();
          k.next();
          id = k.getString(1);
        }
        try (PreparedStatement s = c.prepareStatement("delete from ec2.flow_logs where \"flowLogId\" = ?")) {
          s.setString(1, id);
          return s.executeUpdate() == 1 && s.executeUpdate() == 0;
        }
      });
      step("updatable result set", () -> {
        try (Statement s = c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
            ResultSet r = s.executeQuery("select \"flowLogId\", tags from ec2.flow_logs order by 1 limit 1")) {
          r.next();
          String old = r.getString(2);
          org.postgresql.util.PGobject o = new org.postgresql.util.PGobject();
          o.setType("jsonb");
          o.setValue("{\"ci\": \"pgjdbc\"}");
          r.updateObject(2, o);
          r.updateRow();
          o.setValue(old);
          r.updateObject(2, o);
          r.updateRow();
          return true;
        }
      });
    }
    c.close();
    System.exit(failed > 0 ? 1 : 0);
  }

  static PreparedStatement typed;

  static Step types(int k) {
    return () -> {
      if (typed == null)
        typed = c.prepareStatement("select ?::int2, ?::int4, ?::int8, ?::float4, ?::float8, ?::numeric, ?::text, ?::bool, ?::date, ?::time, ?::timestamp, ?::timestamptz, ?::bytea, ?::uuid, ?::text[], ?::int4[], ?::jsonb, null::int4, interval '1 day 02:03:04', '{\"a\":1}'::json, 'x'::\"char\", 'n'::name, 5::oid, 1.50::numeric, '{1.5,NULL}'::numeric[], now() > '2020-01-01'::timestamptz, 'pg_class'::regclass");
      PreparedStatement s = typed;
      s.setShort(1, (short) 7);
      s.setInt(2, 8);
      s.setLong(3, 1L << 40);
      s.setFloat(4, 1.25f);
      s.setDouble(5, 1.5);
      s.setBigDecimal(6, new BigDecimal("-12.50"));
      s.setString(7, "é");
      s.setBoolean(8, true);
      s.setObject(9, java.time.LocalDate.of(2024, 1, 2));
      s.setObject(10, java.time.LocalTime.of(1, 2, 3));
      s.setTimestamp(11, Timestamp.valueOf("2024-01-02 03:04:05.678"));
      s.setObject(12, OffsetDateTime.parse("2024-01-02T03:04:05Z"));
      s.setBytes(13, new byte[] {0, -1});
      s.setObject(14, UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));
      s.setArray(15, c.createArrayOf("text", new String[] {"a", null, "b,\"c"}));
      s.setArray(16, c.createArrayOf("int4", new Integer[] {1, 2}));
      s.setObject(17, "{\"a\": 1}", Types.OTHER);
      StringBuilder b = new StringBuilder();
      try (ResultSet r = s.executeQuery()) {
        ResultSetMetaData d = r.getMetaData();
        r.next();
        for (int i = 1; i <= d.getColumnCount(); i++) {
          Object v = r.getObject(i);
          b.append(d.getColumnTypeName(i)).append(' ').append(v == null ? null : v.getClass().getSimpleName()).append(' ').append(v instanceof byte[] ? Arrays.toString((byte[]) v) : v).append('\n');
        }
        if (!r.getObject(12, OffsetDateTime.class).equals(OffsetDateTime.parse("2024-01-02T03:04:05Z"))) throw new Exception("timestamptz");
        if (r.getBigDecimal(6).compareTo(new BigDecimal("-12.50")) != 0 || r.getBytes(13).length != 2) throw new Exception("values");
      }
      return b.toString();
    };
  }
}
