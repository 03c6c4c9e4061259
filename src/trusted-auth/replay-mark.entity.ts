import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { TrustedAuthProfile } from "./profile.entity.js";

/** A token id that has been used up under its profile; kept until the token has expired. */
@Entity("trusted_auth_replay_marks")
export class ReplayMark {
  @PrimaryColumn("varchar")
  projectId!: string;

  @PrimaryColumn("varchar")
  profileId!: string;

  @PrimaryColumn("varchar")
  tokenIdHash!: string;

  @ManyToOne(() => TrustedAuthProfile, { onDelete: "CASCADE" })
  @JoinColumn([
    { name: "project_id", referencedColumnName: "projectId" },
    { name: "profile_id", referencedColumnName: "profileId" },
  ])
  profile!: Relation<TrustedAuthProfile>;

  @Index()
  @Column({ type: Date })
  expiresAt!: Date;
}
