export {
  type CodegenConfig,
  type CodegenOptions,
  countersignCodegen,
  type DocumentMode,
} from "./schema/codegen.js";
export { documentsPath, schemaPath, strictSchemaPath } from "./schema/files.js";
export {
  ERROR_CODES,
  type ErrorCode,
  type ErrorCodeMeaning,
  isErrorCode,
} from "./schema/generated/error-codes.js";
