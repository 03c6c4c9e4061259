import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** Something that may be used once has been used; kept until it would be refused as expired anyway. */
@Entity("consumed_ids")
export class ConsumedId {
  /** Hash of what kind of thing it is, and which. */
  @PrimaryColumn("varchar")
  digest!: string;

  @Index()
  @Column({ type: Date })
  expiresAt!: Date;
}
