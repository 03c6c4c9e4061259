import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/**
 * One recorded fact about a change, written in the transaction of that change; or about tokens that
 * were issued, written soon after. Never a secret.
 */
@Entity("audit_events")
@Index(["projectId", "occurredAt", "eventId"])
@Index(["action", "occurredAt"])
export class AuditEvent {
  @PrimaryColumn("varchar")
  eventId!: string;

  @Column("varchar")
  projectId!: string;

  /** Such as `client.create`. */
  @Column("varchar")
  action!: string;

  @Column("varchar")
  actorType!: string;

  @Column("varchar")
  actorId!: string;

  @Column("varchar")
  targetType!: string;

  @Column("varchar")
  targetId!: string;

  /** How many times, where like facts are one event: tokens that a client got within seconds. */
  @Column("integer", { default: 1 })
  count!: number;

  @Column("varchar")
  outcome!: "SUCCESS";

  @Column("varchar")
  requestId!: string;

  @Column("varchar")
  ipAddress!: string;

  @Column({ type: Date })
  occurredAt!: Date;
}
