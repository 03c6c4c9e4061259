import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { VersionedEntity } from "../persistence/versioned.entity.js";

export const ENVIRONMENTS = ["TEST", "LIVE"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** RFC 7518 and RFC 8037 names of the algorithms that a project may sign with. */
export const SIGNING_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** What access tokens look like; see tokens/profiles. */
export const TOKEN_PROFILES = ["DEFAULT", "AUTH0", "RFC9068"] as const;
export type TokenProfileName = (typeof TOKEN_PROFILES)[number];

/** The tenancy boundary: one environment with its own issuer, keys, clients and members. */
@Entity("projects")
export class Project extends VersionedEntity {
  @PrimaryColumn("varchar")
  projectId!: string;

  @Column("varchar")
  name!: string;

  @Column("varchar")
  environment!: Environment;

  /** `iss` of a domain of its own, served by its Host; null: below this server's public URL. */
  @Column("varchar", { nullable: true })
  issuer!: string | null;

  /** Host (and port) of `issuer`, by which requests find the project. */
  @Index({ unique: true })
  @Column("varchar", { nullable: true })
  issuerHost!: string | null;

  /** Form of tokens, and of errors, where no API says another one. */
  @Column("varchar")
  tokenProfile!: TokenProfileName;

  /** Identifier of the API that requests mean which name none; null: the project itself. */
  @Column("varchar", { nullable: true })
  defaultAudience!: string | null;

  /** After how many days a signing key is replaced; null: only when somebody asks for it. */
  @Column("integer", { nullable: true })
  signingKeyRotationDays!: number | null;

  /** JSON text with placeholders, see claims-template.ts. */
  @Column("text", { nullable: true })
  claimsTemplate!: string | null;

  /** The same for session JWTs. */
  @Column("text", { nullable: true })
  sessionClaimsTemplate!: string | null;

  @Column("integer")
  accessTokenLifetimeSeconds!: number;

  @Column("varchar")
  signingAlgorithm!: SigningAlgorithm;
}
