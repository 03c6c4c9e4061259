import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Client, type ClientStatus } from "./client.entity.js";

/**
 * A term that lists of clients are filtered by: a client has one row for each scope, each top-level key of
 * its metadata and its status. A row repeats the columns that lists are ordered by, so that the clients of a
 * term are an index range in every order. Each index contains the name, so that a search by name reads only
 * the index.
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
export const statusTerm = (status: ClientStatus) => `status:${status}`;

export function clientSearchTerms(client: Client): string[] {
  return [
    statusTerm(client.status),
    ...client.scopes.map(scopeTerm),
    ...Object.keys(client.trustedMetadata).map(metadataKeyTerm),
  ];
}
