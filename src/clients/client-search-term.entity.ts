import { createHash } from "node:crypto";
import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import type { ClientOwner } from "../shared/client-owner.js";
import { Client, type ClientStatus, ownerOf } from "./client.entity.js";

/**
 * A term that lists of clients are filtered by: a client has one row for each scope, each top-level key of
 * its metadata and each value of such a key, its status, and its owner. A row repeats the columns that lists are
 * ordered by, so that the clients of a term are an index range in every order. Each index contains the name, so
 * that a search by name reads only the index.
 */
@Entity("client_search_terms", { withoutRowid: true })
@Index(["projectId", "term", "createdAt", "clientId", "normalizedName"])
@Index(["projectId", "term", "updatedAt", "clientId", "normalizedName"])
@Index(["projectId", "term", "normalizedName", "clientId"])
export class ClientSearchTerm {
  @PrimaryColumn("varchar")
  projectId!: string;

  @PrimaryColumn("varchar")
  clientId!: string;

  @PrimaryColumn("varchar")
  term!: string;

  @ManyToOne(() => Client, { onDelete: "CASCADE" })
  @JoinColumn([
    { name: "project_id", referencedColumnName: "projectId" },
    { name: "client_id", referencedColumnName: "clientId" },
  ])
  client!: Relation<Client>;

  @Column({ type: Date })
  createdAt!: Date;

  @Column({ type: Date })
  updatedAt!: Date;

  @Column("varchar")
  normalizedName!: string;
}

export const scopeTerm = (scope: string) => `scope:${scope}`;
export const metadataKeyTerm = (key: string) => `metadata:${key}`;
export const ownerTerm = ({ type, id }: ClientOwner) => `owner:${type}:${id}`;
export const statusTerm = (status: ClientStatus) => `status:${status}`;

/** A digest, so that rows stay small. JSON keeps key and value apart and escapes lone surrogates and NUL. */
export function metadataValueTerm(key: string, value: string): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([key, value]))
    .digest("base64url");
  return `metadata-value:${digest}`;
}

export function clientSearchTerms(client: Client): string[] {
  const { status, scopes, trustedMetadata } = client;
  const metadata = Object.entries(trustedMetadata);
  const owner = ownerOf(client);
  return [
    statusTerm(status),
    ...(owner ? [ownerTerm(owner)] : []),
    ...scopes.map(scopeTerm),
    ...metadata.map(([key]) => metadataKeyTerm(key)),
    ...metadata.flatMap(([key, value]) => {
      const text = searchableText(value);
      return text === null ? [] : [metadataValueTerm(key, text)];
    }),
  ];
}

/** What a value is searched by: a string, or the JSON text of a number or boolean. */
function searchableText(value: unknown): string | null {
  if (typeof value === "string") return value;
  // JSON has no infinite numbers: they are stored as null.
  const isSearchable = typeof value === "boolean" || Number.isFinite(value);
  return isSearchable ? JSON.stringify(value) : null;
}
