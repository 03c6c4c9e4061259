import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Api } from "../apis/api.entity.js";
import { Client } from "../clients/client.entity.js";
import { VersionedEntity } from "../persistence/versioned.entity.js";

/** The scopes that one client has on one API. */
@Entity("client_grants")
@Index(["projectId", "clientId", "apiId"], { unique: true })
@Index(["projectId", "createdAt", "clientGrantId"])
@Index(["projectId", "clientGrantId"], { where: '"access_token_lifetime_seconds" IS NOT NULL' })
@Index(["projectId", "clientGrantId"], { where: '"all_scopes"' })
@Index(["projectId", "clientGrantId"], { where: "\"scopes\" = '[]'" })
// Named, because TypeORM would give it the name of the unique index, which has the same columns.
@Index("client_grants_by_api", ["apiId", "projectId", "clientId"])
export class ClientGrant extends VersionedEntity {
  @PrimaryColumn("varchar")
  clientGrantId!: string;

  @Column("varchar")
  projectId!: string;

  @Column("varchar")
  clientId!: string;

  @ManyToOne(() => Client, { onDelete: "CASCADE" })
  @JoinColumn([
    { name: "project_id", referencedColumnName: "projectId" },
    { name: "client_id", referencedColumnName: "clientId" },
  ])
  client!: Relation<Client>;

  @Column("varchar")
  apiId!: string;

  @ManyToOne(() => Api, { onDelete: "CASCADE" })
  @JoinColumn({ name: "api_id" })
  api!: Relation<Api>;

  @Column("simple-json")
  scopes!: string[];

  /** Whether all scopes of the API are granted, now and later. */
  @Column("boolean")
  allScopes!: boolean;

  @Column("integer", { nullable: true })
  accessTokenLifetimeSeconds!: number | null;
}
