import { Column, Entity, PrimaryColumn } from "typeorm";

/**
 * The names that SQLite's index of their parts knows by number, with what clients are ordered by, so
 * that many matches are sorted without a look at any client. SQLite alone has this table, and keeps it
 * itself, see database/migrations/name-index.ts.
 */
@Entity("client_names", { synchronize: false })
export class ClientName {
  @PrimaryColumn("integer")
  id!: number;

  @Column("varchar")
  projectId!: string;

  @Column("varchar")
  clientId!: string;

  @Column({ type: Date })
  createdAt!: Date;

  @Column({ type: Date })
  updatedAt!: Date;

  @Column("varchar")
  nameKey!: string;
}
