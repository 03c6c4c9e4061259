import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** A token that ended before its time. Forgotten once it would have expired anyway. */
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
