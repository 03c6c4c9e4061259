import type { JWK } from "jose";
import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Project, type SigningAlgorithm } from "../projects/project.entity.js";

/**
 * `NEXT` is published and does not sign yet, `CURRENT` signs, `PREVIOUS` is published until its last
 * token has expired, `REVOKED` is neither published nor trusted.
 */
export const SIGNING_KEY_STATUSES = ["NEXT", "CURRENT", "PREVIOUS", "REVOKED"] as const;
export type SigningKeyStatus = (typeof SIGNING_KEY_STATUSES)[number];

/** A project's key pair for one algorithm. The private key is sealed under the master key. */
@Entity("signing_keys")
@Index(["projectId", "algorithm", "status"])
@Index(["projectId", "createdAt", "kid"])
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

  /** Longest lifetime of the tokens that it has signed, from which `retiresAt` is computed. */
  @Column("integer")
  longestLifetimeSeconds!: number;

  /** Time of publication. */
  @Column({ type: Date })
  createdAt!: Date;

  /** Time from which it signs. */
  @Column({ type: Date, nullable: true })
  activatedAt!: Date | null;

  /** Time at which its last token will have expired. */
  @Column({ type: Date, nullable: true })
  retiresAt!: Date | null;

  @Column({ type: Date, nullable: true })
  revokedAt!: Date | null;
}
