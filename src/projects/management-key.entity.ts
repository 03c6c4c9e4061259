import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { VersionedEntity } from "../persistence/versioned.entity.js";
import type { Permission } from "../shared/permissions.js";
import { Project } from "./project.entity.js";

/** A secret with which an operator's backend calls the API: project id and secret as HTTP Basic. */
@Entity("management_keys")
@Index(["projectId", "createdAt", "managementKeyId"])
export class ManagementKey extends VersionedEntity {
  @PrimaryColumn("varchar")
  managementKeyId!: string;

  @Column("varchar")
  projectId!: string;

  @ManyToOne(() => Project, { onDelete: "CASCADE" })
  @JoinColumn({ name: "project_id" })
  project!: Relation<Project>;

  @Column("varchar")
  name!: string;

  @Column("simple-json")
  permissions!: Permission[];

  @Index({ unique: true })
  @Column("varchar")
  secretHash!: string;

  @Column("varchar")
  lastFour!: string;

  @Column({ type: Date, nullable: true })
  lastUsedAt!: Date | null;

  @Column({ type: Date, nullable: true })
  expiresAt!: Date | null;
}
