import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Client } from "../clients/client.entity.js";
import type { Algorithm, PublicKey } from "../key-sets/public-key.js";
import { Organization } from "../organizations/organization.entity.js";
import { VersionedEntity } from "../persistence/versioned.entity.js";
import { Project } from "../projects/project.entity.js";
import type { AttributeMapping } from "./attribute-mapping.js";
import type { ClaimCondition } from "./claim-conditions.js";

/** Whose JWTs are accepted, and how their claims map to a member, or which client they speak for. */
@Entity("trusted_auth_profiles")
@Index(["projectId", "createdAt", "profileId"])
@Index(["projectId", "issuer"])
export class TrustedAuthProfile extends VersionedEntity {
  @PrimaryColumn("varchar")
  projectId!: string;

  @ManyToOne(() => Project, { onDelete: "CASCADE" })
  @JoinColumn({ name: "project_id" })
  project!: Relation<Project>;

  @PrimaryColumn("varchar")
  profileId!: string;

  @Column("varchar")
  name!: string;

  @Column("varchar")
  issuer!: string;

  @Column("varchar")
  audience!: string;

  /** Where the keys are; null where they are given as `publicKeys`. */
  @Column("varchar", { nullable: true })
  jwksUrl!: string | null;

  @Column("simple-json")
  publicKeys!: PublicKey[];

  /** Null: all that the keys fit. */
  @Column("simple-json", { nullable: true })
  allowedAlgorithms!: Algorithm[] | null;

  @Column("integer")
  clockToleranceSeconds!: number;

  /** Null: a token may be as old as its issuer lets it become. */
  @Column("integer", { nullable: true })
  maxTokenAgeSeconds!: number | null;

  /** All of them must hold. */
  @Column("simple-json")
  claimConditions!: ClaimCondition[];

  @Column("simple-json")
  attributeMapping!: AttributeMapping;

  /** The only one that its members may belong to. */
  @Column("varchar", { nullable: true })
  organizationId!: string | null;

  @ManyToOne(() => Organization, { onDelete: "CASCADE" })
  @JoinColumn([
    { name: "project_id", referencedColumnName: "projectId" },
    { name: "organization_id", referencedColumnName: "organizationId" },
  ])
  organization!: Relation<Organization> | null;

  @Column("boolean")
  canJitProvision!: boolean;

  @Column("boolean")
  canJitProvisionOrganizations!: boolean;

  /**
   * The client that its tokens speak for. It goes with the client: another one that gets the same
   * id must not inherit who may act as it.
   */
  @Column("varchar", { nullable: true })
  clientId!: string | null;

  @ManyToOne(() => Client, { onDelete: "CASCADE" })
  @JoinColumn([
    { name: "project_id", referencedColumnName: "projectId" },
    { name: "client_id", referencedColumnName: "clientId" },
  ])
  client!: Relation<Client> | null;

  @Column("boolean")
  singleUseTokenId!: boolean;

  /** Whether anybody may exchange a token of it, without a management key. */
  @Column("boolean")
  publicExchange!: boolean;

  /** Web origins whose scripts may do so. */
  @Column("simple-json")
  allowedOrigins!: string[];
}
