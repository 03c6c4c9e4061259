import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Member } from "../organizations/member.entity.js";
import type { JsonObject } from "../shared/trusted-metadata.js";

/** A proof of a member's identity. */
export interface AuthenticationFactor {
  type: "trusted_auth_token";
  deliveryMethod: "trusted_token_exchange";
  /** The token's id: the claim that the profile maps to `token_id`. */
  tokenId: string;
  profileId: string;
  /** Id of the only organization in which the factor is valid; null: all organizations of the project. */
  onlyInOrganizationId: string | null;
  /** The address that its token named, which alone leads to another organization; absent: before it was recorded. */
  emailAddress?: string | null;
  /** RFC 3339, UTC. */
  lastAuthenticatedAt: string;
}

/** A session of an authenticated member; its token is stored as a hash. */
@Entity("sessions")
@Index(["projectId", "memberId", "startedAt", "sessionId"])
@Index(["projectId", "organizationId", "startedAt", "sessionId"])
@Index(["parentSessionId"])
export class Session {
  @PrimaryColumn("varchar")
  projectId!: string;

  @PrimaryColumn("varchar")
  sessionId!: string;

  @Column("varchar")
  memberId!: string;

  @ManyToOne(() => Member, { onDelete: "CASCADE" })
  @JoinColumn([
    { name: "project_id", referencedColumnName: "projectId" },
    { name: "member_id", referencedColumnName: "memberId" },
  ])
  member!: Relation<Member>;

  /** The member's organization, which never changes. */
  @Column("varchar")
  organizationId!: string;

  @Index({ unique: true })
  @Column("varchar")
  tokenHash!: string;

  @Column({ type: Date })
  startedAt!: Date;

  /** When the first session was started that this one was exchanged from; null: it was not exchanged. */
  @Column({ type: Date, nullable: true })
  authenticatedAt!: Date | null;

  /** Id of the session that this one was exchanged from, and with which it is revoked; null: attested. */
  @Column("varchar", { nullable: true })
  parentSessionId!: string | null;

  /** Marks a session that its member started, see `sessionWriter`; null: another caller, or before this column. */
  @Column("boolean", { nullable: true })
  startedByMember!: true | null;

  /** The strictest maximum of the profiles of its factors; null: none has one. */
  @Column("integer", { nullable: true })
  maximumDurationMinutes!: number | null;

  @Column({ type: Date })
  lastAccessedAt!: Date;

  @Index()
  @Column({ type: Date })
  expiresAt!: Date;

  @Index()
  @Column({ type: Date, nullable: true })
  revokedAt!: Date | null;

  @Column("simple-json")
  customClaims!: JsonObject;

  @Column("simple-json")
  authenticationFactors!: AuthenticationFactor[];
}
