import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/**
 * A recorded fact: a change, written in the transaction of the change, or issued tokens, written some seconds
 * later. It contains no secrets. Activity adds to one event for an hour (ADR 0022).
 */
@Entity("audit_events")
@Index(["projectId", "occurredAt", "auditEventId"])
@Index(["projectId", "targetId", "occurredAt", "auditEventId"])
@Index(["action", "occurredAt"])
@Index(["actorType", "occurredAt"])
export class AuditEvent {
  @PrimaryColumn("varchar")
  auditEventId!: string;

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

  /** Number of occurrences: what a client or a member does repeatedly within an hour is one event. */
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
