import java.sql.*;
import java.util.*;

/** pgjdbc against a server on the sample fleet: Jdbc.java HOST PORT */
public class Jdbc {
  static void step(String name, boolean ok) {
    System.out.println("pgjdbc: " + name + ": " + (ok ? "ok" : "FAILED"));
    if (!ok) System.exit(1);
  }

  static int count(ResultSet r) throws SQLException {
    int n = 0;
    while (r.next()) n++;
    r.close();
    return n;
  }

  public static void main(String[] a) throws Exception {
    Properties p = new Properties();
    p.setProperty("user", "demo");
    try (Connection c = DriverManager.getConnection("jdbc:postgresql://" + a[0] + ":" + a[1] + "/aws", p)) {
      DatabaseMetaData m = c.getMetaData();
      step("version", m.getDatabaseMajorVersion() == 16);
      step("getSchemas", count(m.getSchemas()) >= 4);
      step("getTables", count(m.getTables(null, "ec2", "%", new String[] {"TABLE"})) == 1);
      step("getColumns", count(m.getColumns(null, "ec2", "flow_logs", "%")) == 21);
      step("getPrimaryKeys", count(m.getPrimaryKeys(null, "ec2", "flow_logs")) == 1);
      step("getIndexInfo", count(m.getIndexInfo(null, "ec2", "flow_logs", false, false)) == 1);
      step("getTypeInfo", count(m.getTypeInfo()) > 50);
      c.setAutoCommit(false);
      String sql = "select \"flowLogId\", \"creationTime\", \"maxAggregationInterval\", tags from ec2.flow_logs where region = ? and \"trafficType\" = ?";
      try (PreparedStatement s = c.prepareStatement(sql)) {
        s.setFetchSize(7);
        int first = -1;
        for (int k = 0; k < 8; k++) { // named and binary from the fifth on
          s.setString(1, "us-east-1");
          s.setString(2, "REJECT");
          int n = 0;
          try (ResultSet r = s.executeQuery()) {
            while (r.next()) {
              n++;
              if (r.getTimestamp(2) == null || !r.getString(1).startsWith("fl-")) step("values", false);
            }
          }
          if (first < 0) first = n;
          step("prepared with fetch size, run " + (k + 1), n == first && n > 7);
        }
      }
      c.commit();
      try (Statement s = c.createStatement()) {
        s.executeQuery("select nope");
        step("error", false);
      } catch (SQLException e) {
        step("error", e.getSQLState().equals("42703"));
      }
      c.rollback();
      Savepoint sp = c.setSavepoint();
      c.rollback(sp);
      c.commit();
      step("savepoint", c.isValid(1));
    }
  }
}
