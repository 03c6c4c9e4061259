import { Column, Entity, PrimaryColumn } from "typeorm";

export const ENVIRONMENTS = ["TEST", "LIVE"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** RFC 7518 and RFC 8037 names of the algorithms that a project may sign with. */
export const SIGNING_ALGORITHMS = ["RS256", "ES256", "EdDSA"] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** The tenancy boundary: one environment with its own issuer, keys, clients and members. */
@Entity("projects")
export class Project {
  @PrimaryColumn("varchar")
  projectId!: string;

  @Column("varchar")
  name!: string;

  @Column("varchar")
  environment!: Environment;

  /** JSON text with placeholders, see claims-template.ts. */
  @Column("text", { nullable: true })
  claimsTemplate!: string | null;

  @Column("integer")
  accessTokenLifetimeSeconds!: number;

  @Column("varchar")
  signingAlgorithm!: SigningAlgorithm;

  @Column({ type: Date })
  createdAt!: Date;

  @Column({ type: Date })
  updatedAt!: Date;

  @Column("integer")
  version!: number;
}
