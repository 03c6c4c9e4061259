import type { Relation } from "typeorm";
import { Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Client } from "./client.entity.js";

/** Index over what a client's JSON columns hold: one row for each scope and each metadata key. */
@Entity("client_search_terms")
@Index(["projectId", "term", "clientId"])
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
}

export const scopeTerm = (scope: string) => `scope:${scope}`;
export const metadataKeyTerm = (key: string) => `metadata:${key}`;

export function searchTermsOf(client: Client): string[] {
  return [
    ...client.scopes.map(scopeTerm),
    ...Object.keys(client.trustedMetadata).map(metadataKeyTerm),
  ];
}
