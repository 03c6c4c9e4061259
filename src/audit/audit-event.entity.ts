import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** One recorded fact about a change; written in the transaction of that change. Never a secret. */
@Entity("audit_events")
@Index(["projectId", "occurredAt", "eventId"])
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

  @Column("varchar")
  outcome!: "SUCCESS";

  @Column("varchar")
  requestId!: string;

  @Column("varchar")
  ipAddress!: string;

  @Column({ type: Date })
  occurredAt!: Date;
}
