import { type Header, headerRef, type Parameter, type RouteGroup } from "./openapi.js";

/** The headers of documents that pages of every origin may read. */
export const PUBLIC_DOCUMENT_HEADERS = {
  "Access-Control-Allow-Origin": headerRef("AnyOrigin"),
  ETag: headerRef("EntityTag"),
} as const;

export const IF_NONE_MATCH: Parameter = {
  name: "If-None-Match",
  in: "header",
  description: "The `ETag` of an answer that the caller has kept.",
  schema: { type: "string" },
};

export const cacheControl = (value: string): Header => ({
  description: "How long the answer may be kept.",
  required: true,
  schema: { const: value },
});

export const publicDocumentDescription: RouteGroup = {
  paths: {},
  headers: {
    AnyOrigin: {
      description: "Pages of every origin may read the document.",
      required: true,
      schema: { const: "*" },
    },
    EntityTag: {
      description: "Names this version of the document.",
      required: true,
      schema: { type: "string", pattern: '^W/"' },
    },
    VaryAccept: {
      description: "The media type depends on `Accept`.",
      required: true,
      schema: { const: "Accept" },
    },
  },
};
