import type { Relation } from "typeorm";
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Project } from "../projects/project.entity.js";

/** A finding that an operator accepts. It holds for the target until it is undone. */
@Entity("readiness_dismissals")
export class ReadinessDismissal {
  @PrimaryColumn("varchar")
  projectId!: string;

  @ManyToOne(() => Project, { onDelete: "CASCADE" })
  @JoinColumn({ name: "project_id" })
  project!: Relation<Project>;

  @PrimaryColumn("varchar")
  checkId!: string;

  @PrimaryColumn("varchar")
  targetId!: string;

  @Column("text")
  note!: string;

  @Column({ type: Date })
  dismissedAt!: Date;
}
