import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** Remembers for a day which resource an idempotency key made. Holds no secret. */
@Entity("idempotency_keys")
export class IdempotencyKey {
  @PrimaryColumn("varchar")
  projectId!: string;

  @PrimaryColumn("varchar")
  operation!: string;

  @PrimaryColumn("varchar")
  key!: string;

  /** Keyed fingerprint of the input, so that another input under the same key is noticed. */
  @Column("varchar")
  fingerprint!: string;

  @Column("varchar")
  resourceId!: string;

  @Index()
  @Column({ type: Date })
  expiresAt!: Date;
}
