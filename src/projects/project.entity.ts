import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { VersionedEntity } from "../persistence/versioned.entity.js";

export const ENVIRONMENTS = ["TEST", "LIVE"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** Algorithms that a project can sign with, by their names in RFC 7518 and RFC 8037. */
export const SIGNING_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** Formats of access tokens, see tokens/profiles. */
export const TOKEN_PROFILES = ["DEFAULT", "AUTH0", "RFC9068"] as const;
export type TokenProfileName = (typeof TOKEN_PROFILES)[number];

/** Formats of session JWTs, see sessions/session-token-profiles.ts. */
export const SESSION_TOKEN_PROFILES = ["DEFAULT", "STYTCH"] as const;
export type SessionTokenProfileName = (typeof SESSION_TOKEN_PROFILES)[number];

export const DEFAULT_MAXIMUM_CLIENTS_PER_OWNER = 100;

/** The tenancy boundary: one environment with its own issuer, keys, clients and members. */
@Entity("projects")
@Index(["createdAt", "projectId"])
export class Project extends VersionedEntity {
  @PrimaryColumn("varchar")
  projectId!: string;

  @Column("varchar")
  name!: string;

  @Column("varchar")
  environment!: Environment;

  /** Whether this is the first project, which serves requests that name none and manages the others. */
  @Column("boolean")
  isFirst!: boolean;

  /** Since when requests for scopes are noted (ScopeUse); null: since the project exists. */
  @Column({ type: Date, nullable: true })
  scopeUseSince!: Date | null;

  /** `iss` on the project's own domain, see ProjectIssuer; null: an issuer below the public URL. */
  @Column("varchar", { nullable: true })
  issuer!: string | null;

  /** Format of access tokens and OAuth errors, unless an API has its own. */
  @Column("varchar")
  tokenProfile!: TokenProfileName;

  /** Identifier of the API that requests without an audience are for; null: the project itself. */
  @Column("varchar", { nullable: true })
  defaultAudience!: string | null;

  /** Days after which signing keys are rotated; null: only on request. */
  @Column("integer", { nullable: true })
  signingKeyRotationDays!: number | null;

  /** Template of custom claims in access tokens, see claims-template.ts. */
  @Column("text", { nullable: true })
  claimsTemplate!: string | null;

  /** Template of custom claims in session JWTs. */
  @Column("text", { nullable: true })
  sessionClaimsTemplate!: string | null;

  @Column("integer")
  accessTokenLifetimeSeconds!: number;

  /** Longest lifetime that the project, its APIs, clients and grants can have. */
  @Column("integer")
  maximumAccessTokenLifetimeSeconds!: number;

  /** Longest duration of a session that one call may set; null: see `sessionLimits`. */
  @Column("integer", { nullable: true })
  maximumSessionDurationMinutes!: number | null;

  /** Longest time from a session's first authentication to its end; null: see `sessionLimits`. */
  @Column("integer", { nullable: true })
  maximumSessionAgeMinutes!: number | null;

  @Column("varchar")
  signingAlgorithm!: SigningAlgorithm;

  /** Signs until the first key of `signingAlgorithm` has been published long enough; null: no longer. */
  @Column("varchar", { nullable: true })
  formerSigningAlgorithm!: SigningAlgorithm | null;

  /** How many clients an owner may have when its own callers create one (ADR 0029). */
  @Column("integer", { default: DEFAULT_MAXIMUM_CLIENTS_PER_OWNER })
  maximumClientsPerOwner!: number;

  /** Keys of trusted metadata that clients inherit whose owner's callers create them. */
  @Column("simple-json", { default: "[]" })
  inheritedMetadataKeys!: string[];

  /** Client that introspects tokens whose audience is the project. */
  @Column("varchar", { nullable: true })
  introspectionClientId!: string | null;

  /** Format of session JWTs. */
  @Column("varchar", { default: "DEFAULT" })
  sessionTokenProfile!: SessionTokenProfileName;

  /** Whether gateways may ask about a client's id and secret, see verify.endpoint.ts. */
  @Column("boolean", { default: false })
  allowBasicVerification!: boolean;
}
