import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { VersionedEntity } from "../persistence/versioned.entity.js";
import {
  Project,
  type SigningAlgorithm,
  type TokenProfileName,
} from "../projects/project.entity.js";

export interface ApiScope {
  value: string;
  description: string | null;
}

/** A resource server: an audience, the scopes that it defines, and the settings of its tokens. */
@Entity("apis")
@Index(["projectId", "identifier"], { unique: true })
@Index(["projectId", "createdAt", "apiId"])
export class Api extends VersionedEntity {
  @PrimaryColumn("varchar")
  apiId!: string;

  @Column("varchar")
  projectId!: string;

  @ManyToOne(() => Project, { onDelete: "CASCADE" })
  @JoinColumn({ name: "project_id" })
  project!: Relation<Project>;

  /** `aud` of its tokens; never changes. */
  @Column("varchar")
  identifier!: string;

  @Column("varchar")
  name!: string;

  @Column("simple-json")
  scopes!: ApiScope[];

  /** The scopes that public metadata show, each one of `scopes`; null: none. */
  @Column("simple-json", { nullable: true })
  advertisedScopes!: string[] | null;

  /** Null: the project's algorithm. */
  @Column("varchar", { nullable: true })
  signingAlgorithm!: SigningAlgorithm | null;

  /** Signs until the first key of `signingAlgorithm` has been published long enough; null: no longer. */
  @Column("varchar", { nullable: true })
  formerSigningAlgorithm!: SigningAlgorithm | null;

  @Column("integer", { nullable: true })
  accessTokenLifetimeSeconds!: number | null;

  @Column("varchar")
  tokenProfile!: TokenProfileName;

  /** Whether a request without `scope` gets all granted scopes. */
  @Column("boolean")
  allowOmittedScope!: boolean;

  /** Whether AUTH0 tokens repeat the scopes as `permissions`. */
  @Column("boolean")
  permissionsClaim!: boolean;

  /** Client that the API authenticates as to introspect its tokens. */
  @Column("varchar", { nullable: true })
  introspectionClientId!: string | null;
}
