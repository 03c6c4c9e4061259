import graphql.schema.idl.SchemaParser;
import graphql.schema.idl.UnExecutableSchemaGenerator;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** Reads a GraphQL schema from standard input and fails on errors. */
final class CheckSchema {
    public static void main(String[] args) {
        var reader = new InputStreamReader(System.in, StandardCharsets.UTF_8);
        UnExecutableSchemaGenerator.makeUnExecutableSchema(new SchemaParser().parse(reader));
    }
}
