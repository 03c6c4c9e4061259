import { claimsTemplateText } from "../../../../src/projects/claims-template-rules.js";
import { M2M_TEMPLATE } from "../../../../src/projects/template-language.js";
import { mergeTrustedMetadata } from "../../../../src/shared/trusted-metadata.js";
import { validate } from "../../../../src/shared/validation.js";
import { renderCustomClaims } from "../../../../src/tokens/custom-claims.js";
import {
  listedParameters,
  requestParameterList,
} from "../../../../src/tokens/request-parameters.js";
import type { ClaimsTemplateValues } from "../claims-templates.js";
import { refusing } from "./refusals.js";

export function renderTemplate(
  template: string,
  { client = {}, projectId = "project-test", request = {} }: ClaimsTemplateValues,
): Record<string, unknown> {
  return refusing(() => {
    validate(claimsTemplateText(M2M_TEMPLATE), template, ["input", "template"]);
    const parameters = validate(requestParameterList, toList(request), ["input", "request"]);
    const { owner, trustedMetadata = {} } = client;
    const rendered = {
      projectId,
      clientId: client.clientId ?? "test-client",
      name: client.name ?? null,
      ownerType: owner === undefined ? null : ("EXTERNAL" as const),
      ownerId: owner ?? null,
      trustedMetadata: mergeTrustedMetadata({}, trustedMetadata),
    };
    return renderCustomClaims(template, rendered, listedParameters(parameters));
  });
}

export function toList(request: Readonly<Record<string, string>>) {
  return Object.entries(request).map(([name, value]) => ({ name, value }));
}
