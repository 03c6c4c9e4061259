import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Member } from "../organizations/member.entity.js";
import type { JsonObject } from "../shared/trusted-metadata.js";

/** How a member has proved who it is. */
export interface AuthenticationFactor {
  type: "trusted_auth_token";
  deliveryMethod: "trusted_token_exchange";
  /** What the profile's mapping calls the token's id. */
  tokenId: string;
  profileId: string;
  /** The only organization in which it says who somebody is; null: all of the project's. */
  onlyInOrganizationId: string | null;
  /** RFC 3339, UTC. */
  lastAuthenticatedAt: string;
}

/** A member that has been recognized, for a while. Its token is stored hashed. */
@Entity("sessions")
@Index(["projectId", "memberId", "startedAt", "sessionId"])
@Index(["projectId", "organizationId", "startedAt", "sessionId"])
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

  /** The member's: a member stays in its organization. */
  @Column("varchar")
  organizationId!: string;

  @Index({ unique: true })
  @Column("varchar")
  tokenHash!: string;

  @Column({ type: Date })
  startedAt!: Date;

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
