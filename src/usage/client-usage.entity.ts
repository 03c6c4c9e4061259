import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Client } from "../clients/client.entity.js";

/** What a client asked for within an hour, for one audience. */
@Entity("client_usage")
export class ClientUsage {
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

  /** When the hour began. */
  @Index()
  @PrimaryColumn({ type: Date })
  hour!: Date;

  /** Empty: of refused requests, whose audience may be anything. */
  @PrimaryColumn("varchar")
  audience!: string;

  @Column("integer")
  tokensIssued!: number;

  @Column("integer")
  requestsRefused!: number;
}
