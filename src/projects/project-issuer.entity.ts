import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Project } from "./project.entity.js";

/** An issuer that a project has, or has had until recently. No other project can take its location. */
@Entity("project_issuers")
export class ProjectIssuer {
  /** Host and path, by which requests name the project; see issuer-location.ts. */
  @PrimaryColumn("varchar")
  location!: string;

  @Index()
  @Column("varchar")
  projectId!: string;

  @ManyToOne(() => Project, { onDelete: "CASCADE" })
  @JoinColumn({ name: "project_id" })
  project!: Relation<Project>;

  @Column("varchar")
  issuer!: string;

  /** When the last token with a former issuer has expired; null: the project's present issuer. */
  @Index()
  @Column({ type: Date, nullable: true })
  endsAt!: Date | null;
}
