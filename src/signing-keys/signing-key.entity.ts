import type { JWK } from "jose";
import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Project, type SigningAlgorithm } from "../projects/project.entity.js";

/** `CURRENT` signs; `PREVIOUS` only verifies what it has signed. */
export type SigningKeyStatus = "CURRENT" | "PREVIOUS";

/** A project's key pair. The private half is sealed under the master key. */
@Entity("signing_keys")
@Index(["projectId", "status"])
export class SigningKey {
  /** `kid` in token headers and in the JWKS. */
  @PrimaryColumn("varchar")
  kid!: string;

  @Column("varchar")
  projectId!: string;

  @ManyToOne(() => Project, { onDelete: "CASCADE" })
  @JoinColumn({ name: "project_id" })
  project!: Relation<Project>;

  @Column("varchar")
  algorithm!: SigningAlgorithm;

  @Column("varchar")
  status!: SigningKeyStatus;

  @Column("simple-json")
  publicJwk!: JWK;

  @Column("text")
  sealedPrivateJwk!: string;

  @Column({ type: Date })
  createdAt!: Date;
}
