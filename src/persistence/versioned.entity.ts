import { Column } from "typeorm";

/** The columns of a resource that callers change with `expectedVersion` (optimistic-lock.ts). */
export abstract class VersionedEntity {
  @Column({ type: Date })
  createdAt!: Date;

  @Column({ type: Date })
  updatedAt!: Date;

  @Column("integer")
  version!: number;
}
