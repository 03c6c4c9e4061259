import type { Relation } from "typeorm";
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Client } from "../clients/client.entity.js";

/** When a client last asked for a scope that it has, or for one that its wildcard covers. */
@Entity("scope_uses")
export class ScopeUse {
  @PrimaryColumn("varchar")
  projectId!: string;

  @PrimaryColumn("varchar")
  clientId!: string;

  @ManyToOne(() => Client, { onDelete: "CASCADE" })
  @JoinColumn([
    { name: "project_id", referencedColumnName: "projectId" },
    { name: "client_id", referencedColumnName: "clientId" },
  ])
  client!: Relation<Client>;

  /** An API's identifier, or the project's id. */
  @PrimaryColumn("varchar")
  audience!: string;

  /** As it is granted. */
  @PrimaryColumn("varchar")
  scope!: string;

  /** To the day. */
  @Column({ type: Date })
  lastRequestedAt!: Date;
}
