import { ERROR_CODES, type ErrorCodeMeaning, GENERAL_ERROR_CODES } from "../shared/error-codes.js";
import { code, section, table } from "./markdown.js";
import type { OperationDescription } from "./operations.js";
import { operationLink } from "./operations-page.js";

const EXAMPLE = `\`\`\`json
{
  "data": { "createClient": null },
  "errors": [
    {
      "message": "A scope must be printable ASCII without spaces, double quotes and backslashes",
      "path": ["createClient"],
      "extensions": { "code": "BAD_USER_INPUT", "path": ["input", "scopes", 0] }
    }
  ]
}
\`\`\``;

export function errorCodesPage(operations: readonly OperationDescription[]): string[] {
  const codes = Object.entries<ErrorCodeMeaning>(ERROR_CODES).map(([name, meaning]) => ({
    name,
    ...meaning,
    operations: operations.filter(({ errors }) => errors.includes(name)),
  }));
  const isGeneral = (name: string) => (GENERAL_ERROR_CODES as readonly string[]).includes(name);
  const general = codes.filter(({ name }) => isGeneral(name));
  const specific = codes.filter((each) => !isGeneral(each.name) && each.operations.length > 0);
  const ofRequests = codes.filter((each) => !isGeneral(each.name) && each.operations.length === 0);
  const describe = (each: (typeof codes)[number]) =>
    section(
      3,
      each.name,
      `${each.description}${each.retryable ? " **Retry later.**" : ""}`,
      ...(each.operations.length > 0
        ? [`Operations: ${each.operations.map(({ name }) => operationLink(name)).join(", ")}`]
        : []),
    );
  return [
    "The `extensions.code` of GraphQL errors. The query `errorCodes` tells the same, and the SDK has the codes as constants for five languages: see [typed clients](../typed-clients.md). The errors of the OAuth routes are those of their RFCs: see [routes](routes.md).",
    `An operation that fails is an answer with status 200, unless its code says otherwise below:\n\n${EXAMPLE}`,
    "- `extensions.path` of a `BAD_USER_INPUT` leads to the argument. The message never repeats what was sent.\n- `extensions.retryAfterSeconds` is in every error that says **Retry later**, and so is the header `Retry-After`, unless the status is 200.\n- New releases may add codes: treat an unknown one as a failure that is not worth a repetition.",
    table(
      ["of", "codes"],
      [
        ["every operation", general.map(linkTo).join(", ")],
        ["requests that are not executed", ofRequests.map(linkTo).join(", ")],
        ["some operations", specific.map(linkTo).join(", ")],
      ],
    ),
    section(2, "Of every operation", ...general.map(describe)),
    section(2, "Of requests that are not executed", ...ofRequests.map(describe)),
    section(2, "Of some operations", ...specific.map(describe)),
  ];
}

const linkTo = ({ name }: { name: string }) => `[${code(name)}](#${name.toLowerCase()})`;
