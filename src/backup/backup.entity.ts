import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** A backup that was made of this database. It tells when the last one was, not where it is. */
@Entity("backups")
export class Backup {
  @PrimaryColumn("varchar")
  backupId!: string;

  @Index()
  @Column({ type: Date })
  createdAt!: Date;

  @Column("boolean")
  isEncrypted!: boolean;

  /** Whether this database was made of it. */
  @Column({ type: Date, nullable: true })
  restoredAt!: Date | null;
}
