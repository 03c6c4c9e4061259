package example;

import java.util.LinkedHashMap;
import java.util.Map;

/** Calls Countersign with types that are generated from its schema. */
final class Main {
    public static void main(String[] args) throws Exception {
        switch (args.length == 1 ? args[0] : "") {
            case "manage" -> Manage.run();
            case "errors" -> Errors.run();
            case "call" -> Call.run();
            default -> throw new IllegalArgumentException("Say what to run: manage, errors or call");
        }
    }

    static Countersign countersign(String url) {
        return new Countersign(url, environment("COUNTERSIGN_PROJECT_ID"), environment("COUNTERSIGN_SECRET"));
    }

    static String environment(String name) {
        var value = System.getenv(name);
        if (value == null) throw new IllegalStateException(name + " is not set");
        return value;
    }

    static void print(String step, Map<String, ?> rest) {
        var line = new LinkedHashMap<String, Object>(Map.of("step", step));
        line.putAll(rest);
        System.out.println(Countersign.JSON.writeValueAsString(line));
    }
}
