import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** Records for a day which resource was created with an idempotency key. Holds no secret. */
@Entity("idempotency_keys")
export class IdempotencyKey {
  @PrimaryColumn("varchar")
  projectId!: string;

  @PrimaryColumn("varchar")
  operation!: string;

  @PrimaryColumn("varchar")
  key!: string;

  /** Keyed hash of the input, to detect reuse of the key with a different input. */
  @Column("varchar")
  fingerprint!: string;

  @Column("varchar")
  resourceId!: string;

  @Index()
  @Column({ type: Date })
  expiresAt!: Date;
}
