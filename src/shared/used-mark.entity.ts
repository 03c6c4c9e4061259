import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** Something that may be used once has been used; kept until it would be refused as expired anyway. */
@Entity("used_marks")
export class UsedMark {
  /** Hash of what kind of thing it is, and which. */
  @PrimaryColumn("varchar")
  digest!: string;

  @Index()
  @Column({ type: Date })
  expiresAt!: Date;
}
