import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** How often something happened in the current window of its key. */
@Entity("rate_limit_counters")
export class RateLimitCounter {
  @PrimaryColumn("varchar")
  key!: string;

  @Column("integer")
  count!: number;

  @Index()
  @Column({ type: Date })
  windowEndsAt!: Date;
}
