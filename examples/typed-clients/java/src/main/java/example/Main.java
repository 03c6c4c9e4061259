package example;

import java.util.LinkedHashMap;

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

    /** A line of JSON: names and their values in turn. */
    static void print(String step, Object... fields) {
        var line = new LinkedHashMap<String, Object>();
        line.put("step", step);
        for (var i = 0; i < fields.length; i += 2) line.put((String) fields[i], fields[i + 1]);
        System.out.println(Countersign.JSON.writeValueAsString(line));
    }
}
