import type { JWK } from "jose";
import type { Relation } from "typeorm";
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Project } from "../projects/project.entity.js";

/**
 * A former issuer's public key in the project's JWKS, so that resource servers can still verify its
 * tokens after a migration. This server never trusts it.
 */
@Entity("published_keys")
export class PublishedKey {
  @PrimaryColumn("varchar")
  projectId!: string;

  @PrimaryColumn("varchar")
  kid!: string;

  @ManyToOne(() => Project, { onDelete: "CASCADE" })
  @JoinColumn({ name: "project_id" })
  project!: Relation<Project>;

  @Column("simple-json")
  publicJwk!: JWK;

  @Column({ type: Date })
  createdAt!: Date;

  @Column({ type: Date })
  expiresAt!: Date;
}
