import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** A token that was revoked before its expiry. Housekeeping deletes it after `expiresAt`. */
@Entity("revoked_tokens")
export class RevokedToken {
  @PrimaryColumn("varchar")
  projectId!: string;

  @PrimaryColumn("varchar")
  jti!: string;

  @Index()
  @Column({ type: Date })
  expiresAt!: Date;
}
