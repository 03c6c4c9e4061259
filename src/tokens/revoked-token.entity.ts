import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Project } from "../projects/project.entity.js";

/** A token that was revoked before its expiry. Housekeeping deletes it after `expiresAt`. */
@Entity("revoked_tokens")
export class RevokedToken {
  @PrimaryColumn("varchar")
  projectId!: string;

  @ManyToOne(() => Project, { onDelete: "CASCADE" })
  @JoinColumn({ name: "project_id" })
  project!: Relation<Project>;

  @PrimaryColumn("varchar")
  jti!: string;

  @Index()
  @Column({ type: Date })
  expiresAt!: Date;
}
