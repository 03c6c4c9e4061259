import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { VersionedEntity } from "../persistence/versioned.entity.js";
import { Project } from "../projects/project.entity.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { MemberClients } from "./member-clients.js";

export const ORGANIZATION_STATUSES = ["ACTIVE", "INACTIVE"] as const;
export type OrganizationStatus = (typeof ORGANIZATION_STATUSES)[number];

/** A customer of the operator, with members. */
@Entity("organizations")
@Index(["projectId", "createdAt", "organizationId"])
@Index(["projectId", "updatedAt", "organizationId"])
@Index(["projectId", "normalizedName", "organizationId"])
@Index(["projectId", "slug"], { unique: true })
@Index(["projectId", "externalId"], { unique: true })
export class Organization extends VersionedEntity {
  @PrimaryColumn("varchar")
  projectId!: string;

  @ManyToOne(() => Project, { onDelete: "CASCADE" })
  @JoinColumn({ name: "project_id" })
  project!: Relation<Project>;

  @PrimaryColumn("varchar")
  organizationId!: string;

  @Column("varchar")
  name!: string;

  /** The name in lower case, for search and sort order. */
  @Column("varchar")
  normalizedName!: string;

  @Column("varchar")
  slug!: string;

  @Column("varchar", { nullable: true })
  externalId!: string | null;

  @Column("varchar")
  status!: OrganizationStatus;

  /** The project's id for its default organization, otherwise null; unique, so a project has at most one. */
  @Index({ unique: true })
  @Column("varchar", { nullable: true })
  defaultOfProject!: string | null;

  @Column("simple-json")
  trustedMetadata!: JsonObject;

  /** Null: its members manage no clients. */
  @Column("simple-json", { nullable: true })
  memberClients!: MemberClients | null;

  /** Whether a caller that names no organization gets this one. */
  get isDefault(): boolean {
    return this.defaultOfProject !== null;
  }
}
