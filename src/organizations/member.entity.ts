import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { VersionedEntity } from "../persistence/versioned.entity.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { Organization } from "./organization.entity.js";

export const MEMBER_STATUSES = ["ACTIVE", "INACTIVE"] as const;
export type MemberStatus = (typeof MEMBER_STATUSES)[number];

/** A person in one organization. */
@Entity("members")
@Index(["projectId", "createdAt", "memberId"])
@Index(["projectId", "updatedAt", "memberId"])
@Index(["projectId", "normalizedName", "memberId"])
@Index(["projectId", "normalizedEmail"])
@Index(["projectId", "externalId"])
@Index(["projectId", "organizationId", "createdAt", "memberId"])
@Index(["projectId", "organizationId", "updatedAt", "memberId"])
@Index(["projectId", "organizationId", "normalizedName", "memberId"])
@Index(["projectId", "organizationId", "normalizedEmail"], { unique: true })
@Index(["projectId", "organizationId", "externalId"], { unique: true })
export class Member extends VersionedEntity {
  @PrimaryColumn("varchar")
  projectId!: string;

  @PrimaryColumn("varchar")
  memberId!: string;

  @Column("varchar")
  organizationId!: string;

  @ManyToOne(() => Organization, { onDelete: "CASCADE" })
  @JoinColumn([
    { name: "project_id", referencedColumnName: "projectId" },
    { name: "organization_id", referencedColumnName: "organizationId" },
  ])
  organization!: Relation<Organization>;

  /** Null only for a member with an external id: one of the two identifies it. */
  @Column("varchar", { nullable: true })
  emailAddress!: string | null;

  /** The address in lower case, for comparisons. */
  @Column("varchar", { nullable: true })
  normalizedEmail!: string | null;

  @Column("varchar", { nullable: true })
  name!: string | null;

  /** The name in lower case, for search and sort order; empty if there is no name. */
  @Column("varchar")
  normalizedName!: string;

  @Column("varchar", { nullable: true })
  externalId!: string | null;

  /**
   * Id of the profile whose token gave the external id: another issuer's equal id is of another person. Null: an
   * operator gave it, for every issuer. The id of a deleted profile counts as null.
   */
  @Column("varchar", { nullable: true })
  externalIdProfileId!: string | null;

  /** Id of the profile whose token created the member; null: no token did, or before this was recorded. */
  @Column("varchar", { nullable: true })
  provisionedByProfileId!: string | null;

  /** Claim `roles` of the session JWTs; only applications interpret it. */
  @Column("simple-json")
  roles!: string[];

  @Column("varchar")
  status!: MemberStatus;

  @Column("simple-json")
  trustedMetadata!: JsonObject;
}
