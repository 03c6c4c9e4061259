import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Client, type ClientStatus } from "./client.entity.js";

/**
 * What lists of clients can be narrowed by: one row for each scope, each metadata key and the
 * status of a client. It repeats what clients are ordered by, so that the clients of a term are a
 * range of an index in every order; the name ends each index, so that it can be searched on the way.
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
