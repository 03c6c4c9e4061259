import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** What a process has seen of the world around it, and other processes cannot see. */
export const OBSERVATION_KINDS = [
  "FORWARDED_BY_UNTRUSTED_ADDRESS",
  "PROXY_WITHOUT_FORWARDED_FOR",
  "PROXY_WITHOUT_PROTO",
  "PROXY_WITHOUT_HOST",
  "TLS_FILES_REFUSED",
  "HOUSEKEEPING_FAILS",
  "CLOCK_DIFFERS",
  "DATABASE_CLOCK_DIFFERS",
  "KEY_SET_UNAVAILABLE",
  "DOMAIN_PROBLEM",
] as const;
export type ObservationKind = (typeof OBSERVATION_KINDS)[number];

/** The latest of its kind about a subject. It is deleted when the opposite is seen, or after a day. */
@Entity("observations")
export class Observation {
  @PrimaryColumn("varchar")
  kind!: ObservationKind;

  /** An address, a machine, a task, an issuer, or the id of a profile or client. */
  @PrimaryColumn("varchar")
  subject!: string;

  /** Half a sentence for operators, without secrets. */
  @Column("text")
  detail!: string;

  @Index()
  @Column({ type: Date })
  observedAt!: Date;
}
