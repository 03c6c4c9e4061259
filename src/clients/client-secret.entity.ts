import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import type { Maker } from "../shared/maker.js";
import { Client } from "./client.entity.js";

export type ClientSecretStatus = "CURRENT" | "NEXT" | "PREVIOUS";

/**
 * A secret of a client, until it ends. A client has at most one current secret, and beside it at most one
 * that is next (a staged rotation) or previous (an overlap): the unique indices hold both.
 */
@Entity("client_secrets")
@Index(["projectId", "clientId", "status"], { unique: true })
@Index(["projectId", "status", "createdAt", "clientId"])
@Index(["projectId", "clientId"], { unique: true, where: "status <> 'CURRENT'" })
@Index(["projectId", "expiresAt", "clientId"], { where: '"expires_at" IS NOT NULL' })
@Index(["projectId", "clientId"], { where: "substr(\"hash\", 1, 7) <> 'sha256$'" })
export class ClientSecret {
  /** Internal: a rotation changes the status, but not which secret a time of last use belongs to. */
  @PrimaryColumn("varchar")
  secretId!: string;

  @Column("varchar")
  projectId!: string;

  @Column("varchar")
  clientId!: string;

  @ManyToOne(() => Client, { onDelete: "CASCADE" })
  @JoinColumn([
    { name: "project_id", referencedColumnName: "projectId" },
    { name: "client_id", referencedColumnName: "clientId" },
  ])
  client!: Relation<Client>;

  @Column("varchar")
  status!: ClientSecretStatus;

  /** One of the forms in client-secret.ts. */
  @Column("varchar")
  hash!: string;

  /** Keyed hash of a secret that has matched a slow `hash` (ADR 0004); null: none has. */
  @Column("varchar", { nullable: true })
  fingerprint!: string | null;

  /** Null if only the hash was imported. */
  @Column("varchar", { nullable: true })
  lastFour!: string | null;

  /** Null: from before makers were recorded. */
  @Column("simple-json", { nullable: true })
  maker!: Maker | null;

  @Column({ type: Date })
  createdAt!: Date;

  /** From this moment on the secret has ended; null: it does not end by itself. */
  @Index()
  @Column({ type: Date, nullable: true })
  expiresAt!: Date | null;

  @Column({ type: Date, nullable: true })
  lastUsedAt!: Date | null;
}
