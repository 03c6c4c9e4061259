import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import type { PublicKey } from "../key-sets/public-key.js";
import { Project } from "../projects/project.entity.js";
import type { AttributeMapping } from "./attribute-mapping.js";

/** Whose JWTs are accepted, and how their claims map to a member. */
@Entity("trusted_auth_profiles")
@Index(["projectId", "createdAt", "profileId"])
export class TrustedAuthProfile {
  @PrimaryColumn("varchar")
  projectId!: string;

  @ManyToOne(() => Project, { onDelete: "CASCADE" })
  @JoinColumn({ name: "project_id" })
  project!: Relation<Project>;

  @PrimaryColumn("varchar")
  profileId!: string;

  @Column("varchar")
  name!: string;

  @Column("varchar")
  issuer!: string;

  @Column("varchar")
  audience!: string;

  /** Where the keys are; null where they are given as `publicKeys`. */
  @Column("varchar", { nullable: true })
  jwksUrl!: string | null;

  @Column("simple-json")
  publicKeys!: PublicKey[];

  @Column("simple-json")
  attributeMapping!: AttributeMapping;

  @Column("boolean")
  canJitProvision!: boolean;

  @Column("boolean")
  singleUseTokenId!: boolean;

  @Column({ type: Date })
  createdAt!: Date;

  @Column({ type: Date })
  updatedAt!: Date;

  @Column("integer")
  version!: number;
}
