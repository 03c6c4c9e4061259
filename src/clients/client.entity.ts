import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Project } from "../projects/project.entity.js";
import type { JsonObject } from "../shared/trusted-metadata.js";

export const CLIENT_STATUSES = ["ACTIVE", "INACTIVE"] as const;
export type ClientStatus = (typeof CLIENT_STATUSES)[number];

/** An OAuth 2.0 client that uses the client credentials grant. */
@Entity("clients")
@Index(["projectId", "createdAt", "clientId"])
@Index(["projectId", "updatedAt", "clientId"])
@Index(["projectId", "nameKey", "clientId"])
export class Client {
  @PrimaryColumn("varchar")
  projectId!: string;

  @ManyToOne(() => Project, { onDelete: "CASCADE" })
  @JoinColumn({ name: "project_id" })
  project!: Relation<Project>;

  @PrimaryColumn("varchar")
  clientId!: string;

  @Column("varchar", { nullable: true })
  name!: string | null;

  /** The name in lower case, or empty: what lists search and order by. */
  @Column("varchar")
  nameKey!: string;

  @Column("text", { nullable: true })
  description!: string | null;

  @Column("varchar")
  status!: ClientStatus;

  @Column("simple-json")
  scopes!: string[];

  @Column("simple-json")
  trustedMetadata!: JsonObject;

  @Column("integer", { nullable: true })
  accessTokenLifetimeSeconds!: number | null;

  /** See client-secret.ts for the forms of a stored secret. */
  @Column("varchar")
  secretHash!: string;

  @Column("varchar", { nullable: true })
  secretLastFour!: string | null;

  @Column("varchar", { nullable: true })
  nextSecretHash!: string | null;

  @Column("varchar", { nullable: true })
  nextSecretLastFour!: string | null;

  @Column({ type: Date })
  createdAt!: Date;

  @Column({ type: Date })
  updatedAt!: Date;

  @Column({ type: Date, nullable: true })
  lastUsedAt!: Date | null;

  @Column({ type: Date, nullable: true })
  expiresAt!: Date | null;

  @Column("integer")
  version!: number;
}
