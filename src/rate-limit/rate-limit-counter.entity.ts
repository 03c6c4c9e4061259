import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** The number of events in the current window of a key. */
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
