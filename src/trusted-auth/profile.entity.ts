import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Client } from "../clients/client.entity.js";
import type { Algorithm, PublicKey } from "../key-sets/public-key.js";
import { Organization } from "../organizations/organization.entity.js";
import { VersionedEntity } from "../persistence/versioned.entity.js";
import { Project } from "../projects/project.entity.js";
import type { Maker } from "../shared/maker.js";
import type { AttributeMapping } from "./attribute-mapping.js";
import type { ClaimCondition } from "./claim-conditions.js";
import type { MemberUpdates } from "./member-updates.js";

/** An issuer whose JWTs are accepted, and the member or client that they identify. */
@Entity("trusted_auth_profiles")
@Index(["projectId", "createdAt", "profileId"])
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

  /** A value of `iss`, a template of such values, or the trust domain of SPIFFE IDs (`trusted-issuers.ts`). */
  @Column("varchar")
  issuer!: string;

  /** Further values of `iss` whose tokens the same keys sign. */
  @Column("simple-json", { default: "[]" })
  alternativeIssuers!: string[];

  @Column("varchar")
  audience!: string;

  /** Path of the claim that holds the audience of tokens without `aud`; null: `aud`. */
  @Column("varchar", { nullable: true })
  audienceClaim!: string | null;

  /** URL of the issuer's JWKS; null if the profile has `publicKeys`. */
  @Column("varchar", { nullable: true })
  jwksUrl!: string | null;

  @Column("simple-json")
  publicKeys!: PublicKey[];

  /** Null: all algorithms that the keys support. */
  @Column("simple-json", { nullable: true })
  allowedAlgorithms!: Algorithm[] | null;

  @Column("integer")
  clockToleranceSeconds!: number;

  /** Maximum age by `iat`; null: any age. */
  @Column("integer", { nullable: true })
  maxTokenAgeSeconds!: number | null;

  /** Longest duration of a session that one call may set; its sessions keep it. Null: the project's. */
  @Column("integer", { nullable: true })
  maximumSessionDurationMinutes!: number | null;

  /** All conditions must hold. */
  @Column("simple-json")
  claimConditions!: ClaimCondition[];

  @Column("simple-json")
  attributeMapping!: AttributeMapping;

  /** Id of the only organization that the profile's members belong to; null: any organization. */
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

  /** Whose email address and name follow the tokens. */
  @Column("varchar", { default: "PROVISIONED" })
  memberUpdates!: MemberUpdates;

  /**
   * Id of the client that the tokens identify. Deleting the client deletes the profile, since a new client
   * with the same id must not accept the tokens.
   */
  @Column("varchar", { nullable: true })
  clientId!: string | null;

  /** What all who made the profile what it is could do; null: from before makers were recorded. */
  @Column("simple-json", { nullable: true })
  maker!: Maker | null;

  @ManyToOne(() => Client, { onDelete: "CASCADE" })
  @JoinColumn([
    { name: "project_id", referencedColumnName: "projectId" },
    { name: "client_id", referencedColumnName: "clientId" },
  ])
  client!: Relation<Client> | null;

  @Column("boolean")
  singleUseTokenId!: boolean;

  /** Whether callers without a management key may exchange its tokens. */
  @Column("boolean")
  publicExchange!: boolean;

  /** Web origins whose scripts may exchange its tokens without a management key. */
  @Column("simple-json")
  allowedOrigins!: string[];
}
