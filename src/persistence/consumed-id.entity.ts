import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** Records the use of an id that may be used once, until whatever bears the id expires. */
@Entity("consumed_ids")
export class ConsumedId {
  /** Hash of the namespace and the id. */
  @PrimaryColumn("varchar")
  digest!: string;

  @Index()
  @Column({ type: Date })
  expiresAt!: Date;
}
