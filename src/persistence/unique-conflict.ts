import { CountersignError } from "../shared/errors.js";
import { isUniqueViolation, violatedColumns } from "./database-errors.js";

/**
 * Turns the violation of a unique index into ALREADY_EXISTS. The unit of work must end with this error, because
 * PostgreSQL rejects further statements.
 * @param fields the input field for each column
 */
export async function conflictOnDuplicate<T>(
  fields: Readonly<Record<string, string>>,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const column = violatedColumns(error).find((name) => Object.hasOwn(fields, name));
    const field = column && fields[column];
    throw new CountersignError("ALREADY_EXISTS", "This value is already in use", {
      path: field ? ["input", field] : ["input"],
    });
  }
}
