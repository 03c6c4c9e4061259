import type { JWK } from "jose";
import type { Relation } from "typeorm";
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Project } from "../projects/project.entity.js";

/**
 * Somebody else's public key in our JWKS, so that tokens of an old issuer go on to verify while a
 * project moves in. We never trust it ourselves.
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
