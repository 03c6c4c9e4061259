import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Project } from "../projects/project.entity.js";
import type { JsonObject } from "../shared/trusted-metadata.js";

/** A customer of the project's owner; members belong to one. */
@Entity("organizations")
@Index(["projectId", "createdAt", "organizationId"])
@Index(["projectId", "slug"], { unique: true })
@Index(["projectId", "externalId"], { unique: true })
export class Organization {
  @PrimaryColumn("varchar")
  projectId!: string;

  @ManyToOne(() => Project, { onDelete: "CASCADE" })
  @JoinColumn({ name: "project_id" })
  project!: Relation<Project>;

  @PrimaryColumn("varchar")
  organizationId!: string;

  @Column("varchar")
  name!: string;

  @Column("varchar")
  slug!: string;

  @Column("varchar", { nullable: true })
  externalId!: string | null;

  @Column("simple-json")
  trustedMetadata!: JsonObject;

  @Column({ type: Date })
  createdAt!: Date;

  @Column({ type: Date })
  updatedAt!: Date;

  @Column("integer")
  version!: number;
}
