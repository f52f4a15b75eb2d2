import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * Does through JDBC what it is told on standard input, and answers in JSON on standard output, one line each.
 *
 * <p>A line is a verb and its arguments, base64, with spaces between; `-` is null. So one JVM serves a whole test run.
 */
public final class Asker {
    private final Map<String, Connection> connections = new LinkedHashMap<>();

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        // What the driver's parts print themselves must not stand between the answers.
        System.setOut(System.err);
        Asker asker = new Asker();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            List<String> words = new ArrayList<>();
            for (String word : line.split(" ")) {
                byte[] bytes = word.equals("-") ? null : Base64.getDecoder().decode(word);
                words.add(bytes == null ? null : new String(bytes, StandardCharsets.UTF_8));
            }
            String answer;
            try {
                answer = Json.of(asker.answer(words));
            } catch (Throwable thrown) {
                answer = Json.of(failure(thrown));
            }
            out.println(answer);
        }
        // Connections that were left open keep threads running.
        System.exit(0);
    }

    private Object answer(List<String> words) throws Throwable {
        List<String> rest = words.subList(1, words.size());
        return switch (words.get(0)) {
            case "connect" -> connect(rest);
            case "close" -> close(rest.get(0));
            case "query" -> query(rest.get(0), rest.get(1), rest.size() > 2 ? rest.get(2) : "index");
            case "update" -> update(rest.get(0), rest.get(1));
            case "prepare" -> prepare(rest.get(0), rest.get(1), rest.subList(2, rest.size()));
            case "some" -> some(rest.get(0), rest.get(1), Integer.parseInt(rest.get(2)));
            case "facts" -> facts(rest.get(0));
            case "metadata" -> metadata(rest.get(0), rest.get(1), rest.subList(2, rest.size()));
            default -> throw new IllegalArgumentException("no such verb: " + words.get(0));
        };
    }

    /** Name, URL, then names and values of properties. */
    private Object connect(List<String> words) throws SQLException {
        Properties properties = new Properties();
        for (int at = 2; at < words.size(); at += 2) {
            properties.setProperty(words.get(at), words.get(at + 1));
        }
        Connection connection = DriverManager.getConnection(words.get(1), properties);
        connections.put(words.get(0), connection);
        return Map.of("valid", connection.isValid(10), "readOnly", connection.isReadOnly());
    }

    private Object close(String name) throws SQLException {
        connections.remove(name).close();
        return true;
    }

    /** Values are read by index, by label, or as text. */
    private Object query(String name, String sql, String how) throws SQLException {
        try (Statement statement = connections.get(name).createStatement()) {
            boolean rows = statement.execute(sql);
            return rows ? rows(statement.getResultSet(), Long.MAX_VALUE, how) : statement.getUpdateCount();
        }
    }

    private Object update(String name, String sql) throws SQLException {
        try (Statement statement = connections.get(name).createStatement()) {
            return statement.executeLargeUpdate(sql);
        }
    }

    /** Reads a few rows of a large answer and closes it. */
    private Object some(String name, String sql, int count) throws SQLException {
        try (Statement statement = connections.get(name).createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows(rows, count, "index");
        }
    }

    /** Every set of parameters is one word: values with a tab between, each with its kind before a colon. */
    private Object prepare(String name, String sql, List<String> sets) throws SQLException {
        try (PreparedStatement statement = connections.get(name).prepareStatement(sql)) {
            List<Object> parameters = new ArrayList<>();
            ParameterMetaData about = statement.getParameterMetaData();
            for (int at = 1; at <= about.getParameterCount(); at++) {
                parameters.add(about.getParameterTypeName(at));
            }
            List<Object> answers = new ArrayList<>();
            for (String set : sets) {
                String[] values = set.isEmpty() ? new String[0] : set.split("\t", -1);
                for (int at = 0; at < values.length; at++) {
                    bind(statement, at + 1, values[at]);
                }
                try (ResultSet rows = statement.executeQuery()) {
                    answers.add(rows(rows, Long.MAX_VALUE, "index"));
                }
            }
            return Map.of("parameters", parameters, "answers", answers);
        }
    }

    private static void bind(PreparedStatement statement, int at, String word) throws SQLException {
        String kind = word.substring(0, word.indexOf(':'));
        String text = word.substring(kind.length() + 1);
        switch (kind) {
            case "string" -> statement.setString(at, text);
            case "int" -> statement.setInt(at, Integer.parseInt(text));
            case "long" -> statement.setLong(at, Long.parseLong(text));
            case "double" -> statement.setDouble(at, Double.parseDouble(text));
            case "boolean" -> statement.setBoolean(at, Boolean.parseBoolean(text));
            case "decimal" -> statement.setBigDecimal(at, new BigDecimal(text));
            case "date" -> statement.setDate(at, Date.valueOf(text));
            case "timestamp" -> statement.setTimestamp(at, Timestamp.valueOf(text));
            case "null" -> statement.setNull(at, Integer.parseInt(text));
            default -> throw new IllegalArgumentException("no such kind: " + kind);
        }
    }

    private static Object rows(ResultSet result, long most, String how) throws SQLException {
        ResultSetMetaData about = result.getMetaData();
        List<Object> columns = new ArrayList<>();
        for (int at = 1; at <= about.getColumnCount(); at++) {
            Map<String, Object> column = new LinkedHashMap<>();
            column.put("label", about.getColumnLabel(at));
            column.put("type", about.getColumnType(at));
            column.put("typeName", about.getColumnTypeName(at));
            column.put("precision", about.getPrecision(at));
            column.put("scale", about.getScale(at));
            column.put("nullable", about.isNullable(at));
            columns.add(column);
        }
        List<Object> rows = new ArrayList<>();
        List<Object> classes = new ArrayList<>();
        while (rows.size() < most && result.next()) {
            List<Object> row = new ArrayList<>();
            for (int at = 1; at <= about.getColumnCount(); at++) {
                Object value = switch (how) {
                    case "label" -> result.getObject(about.getColumnLabel(at));
                    case "text" -> result.getString(at);
                    default -> result.getObject(at);
                };
                if (result.wasNull() != (value == null)) {
                    throw new IllegalStateException("wasNull is not true of column " + at);
                }
                if (rows.isEmpty()) {
                    classes.add(value == null ? null : value.getClass().getName());
                }
                // An array reads from the batch, which is gone once the result is closed.
                row.add(value instanceof java.sql.Array array ? Arrays.asList((Object[]) array.getArray()) : value);
            }
            rows.add(row);
        }
        return Map.of("columns", columns, "rows", rows, "classes", classes);
    }

    /** Everything that {@link DatabaseMetaData} says without being given anything, but for lists. */
    private Object facts(String name) throws Exception {
        Map<String, Object> facts = new java.util.TreeMap<>();
        for (Method method : DatabaseMetaData.class.getMethods()) {
            boolean plain = method.getParameterCount() == 0 && method.getDeclaringClass() == DatabaseMetaData.class;
            if (plain && method.getReturnType() != ResultSet.class && method.getReturnType() != Connection.class) {
                Object fact;
                try {
                    fact = method.invoke(connections.get(name).getMetaData());
                } catch (InvocationTargetException thrown) {
                    fact = failure(thrown.getCause());
                }
                facts.put(method.getName(), fact);
            }
        }
        return facts;
    }

    /** Calls a method of {@link DatabaseMetaData}; lists of names and booleans come as text. */
    private Object metadata(String name, String called, List<String> words) throws Throwable {
        for (Method method : DatabaseMetaData.class.getMethods()) {
            Class<?>[] kinds = method.getParameterTypes();
            if (!method.getName().equals(called) || kinds.length != words.size()) {
                continue;
            }
            Object[] values = new Object[kinds.length];
            for (int at = 0; at < kinds.length; at++) {
                String word = words.get(at);
                if (word == null || kinds[at] == String.class) {
                    values[at] = word;
                } else if (kinds[at] == String[].class) {
                    values[at] = word.split(",");
                } else if (kinds[at] == boolean.class) {
                    values[at] = Boolean.parseBoolean(word);
                } else {
                    values[at] = Integer.parseInt(word);
                }
            }
            try {
                Object answer = method.invoke(connections.get(name).getMetaData(), values);
                if (answer instanceof ResultSet list) {
                    try (ResultSet rows = list) {
                        return rows(rows, Long.MAX_VALUE, "index");
                    }
                }
                return answer;
            } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
            }
        }
        throw new IllegalArgumentException("no such method: " + called);
    }

    private static Object failure(Throwable thrown) {
        List<Object> causes = new ArrayList<>();
        for (Throwable one = thrown; one != null && causes.size() < 10; one = one.getCause()) {
            causes.add(one.getClass().getName() + ": " + one.getMessage());
        }
        Map<String, Object> failure = new LinkedHashMap<>();
        failure.put("failure", thrown.getMessage());
        failure.put("causes", causes);
        if (thrown instanceof SQLException sql) {
            failure.put("sqlState", sql.getSQLState());
        }
        return failure;
    }

    /** Values as JSON: what JSON does not know is text. */
    private static final class Json {
        static String of(Object value) {
            StringBuilder out = new StringBuilder();
            write(value, out);
            return out.toString();
        }

        private static void write(Object value, StringBuilder out) {
            if (value == null || value instanceof Boolean || value instanceof Integer || value instanceof Long) {
                out.append(value);
            } else if (value instanceof Map<?, ?> map) {
                String between = "{";
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    out.append(between);
                    text(String.valueOf(entry.getKey()), out);
                    out.append(": ");
                    write(entry.getValue(), out);
                    between = ", ";
                }
                out.append(map.isEmpty() ? "{}" : "}");
            } else if (value instanceof Iterable<?> list) {
                String between = "[";
                for (Object one : list) {
                    out.append(between);
                    write(one, out);
                    between = ", ";
                }
                out.append(between.equals("[") ? "[]" : "]");
            } else if (value instanceof byte[] bytes) {
                text(HexFormat.of().formatHex(bytes), out);
            } else if (value instanceof Timestamp timestamp) {
                text(timestamp.toInstant().toString(), out);
            } else {
                text(value.toString(), out);
            }
        }

        private static void text(String value, StringBuilder out) {
            out.append('"');
            for (int at = 0; at < value.length(); at++) {
                char one = value.charAt(at);
                if (one == '"' || one == '\\') {
                    out.append('\\').append(one);
                } else if (one < ' ' || one > '~') {
                    out.append(String.format("\\u%04x", (int) one));
                } else {
                    out.append(one);
                }
            }
            out.append('"');
        }
    }
}
