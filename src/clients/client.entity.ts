import type { Relation } from "typeorm";
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import type { PublicKey } from "../key-sets/public-key.js";
import { VersionedEntity } from "../persistence/versioned.entity.js";
import { Project } from "../projects/project.entity.js";
import type { ClientOwner, ClientOwnerType } from "../shared/client-owner.js";
import type { Maker } from "../shared/maker.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { ZERO_GENERATION } from "./token-generation.js";

export const CLIENT_STATUSES = ["ACTIVE", "INACTIVE"] as const;
export type ClientStatus = (typeof CLIENT_STATUSES)[number];

/** How a client authenticates at the token endpoint (RFC 7591 section 2). */
export const TOKEN_ENDPOINT_AUTH_METHODS = [
  "CLIENT_SECRET_BASIC",
  "CLIENT_SECRET_POST",
  "PRIVATE_KEY_JWT",
] as const;
export type TokenEndpointAuthMethod = (typeof TOKEN_ENDPOINT_AUTH_METHODS)[number];

/** Grants that a client uses with credentials of its own, with their `grant_type` (RFC 6749 section 4). */
export const GRANT_TYPES = { CLIENT_CREDENTIALS: "client_credentials" } as const;
export type GrantType = keyof typeof GRANT_TYPES;

/** Settings of a registered client as an operator last left them. */
export interface RegistrationLimits {
  scopes?: string[];
  dpopBoundAccessTokens?: boolean;
  tokenEndpointAuthMethod?: TokenEndpointAuthMethod | null;
}

/** An OAuth 2.0 client that uses the client credentials grant. */
@Entity("clients")
@Index(["projectId", "createdAt", "clientId", "normalizedName"])
@Index(["projectId", "updatedAt", "clientId", "normalizedName"])
@Index(["projectId", "normalizedName", "clientId"])
@Index(["projectId", "lastUsedAt", "clientId"])
@Index(["projectId", "expiresAt", "clientId"])
@Index(["projectId", "ownerType", "ownerId"], { where: '"owner_type" IS NOT NULL' })
@Index(["projectId", "clientId"], { where: '"access_token_lifetime_seconds" IS NOT NULL' })
@Index(["projectId", "clientId"], { where: '"jwks_url" IS NOT NULL' })
@Index(["projectId", "registeredBy"], { where: '"registered_by" IS NOT NULL' })
// The migration creates this index if PostgreSQL has the extension pg_trgm.
@Index("client_name_trigrams", { synchronize: false })
export class Client extends VersionedEntity {
  @PrimaryColumn("varchar")
  projectId!: string;

  @ManyToOne(() => Project, { onDelete: "CASCADE" })
  @JoinColumn({ name: "project_id" })
  project!: Relation<Project>;

  @PrimaryColumn("varchar")
  clientId!: string;

  @Column("varchar", { nullable: true })
  name!: string | null;

  /** The name in lower case, or empty. Lists search and order by it. */
  @Column("varchar")
  normalizedName!: string;

  @Column("text", { nullable: true })
  description!: string | null;

  @Column("varchar")
  status!: ClientStatus;

  /** Set together with `ownerId`; null: the client has no owner. */
  @Column("varchar", { nullable: true })
  ownerType!: ClientOwnerType | null;

  @Column("varchar", { nullable: true })
  ownerId!: string | null;

  @Column("simple-json")
  scopes!: string[];

  @Column("simple-json")
  trustedMetadata!: JsonObject;

  @Column("integer", { nullable: true })
  accessTokenLifetimeSeconds!: number | null;

  /** Null: with its secret, as HTTP Basic or in the body. */
  @Column("varchar", { nullable: true })
  tokenEndpointAuthMethod!: TokenEndpointAuthMethod | null;

  @Column("simple-json")
  grantTypes!: GrantType[];

  /** Public keys for PRIVATE_KEY_JWT; null if they are at `jwksUrl`. */
  @Column("simple-json", { nullable: true })
  publicKeys!: PublicKey[] | null;

  @Column("varchar", { nullable: true })
  jwksUrl!: string | null;

  /** Who gave the client its keys; null: it has none, or from before makers were recorded. */
  @Column("simple-json", { nullable: true })
  keysMaker!: Maker | null;

  /** Whether the client gets tokens only with a DPoP proof (RFC 9449 section 5.2). */
  @Column("boolean")
  dpopBoundAccessTokens!: boolean;

  /** The client's valid tokens have the same one in their `jti`, see token-generation.ts. */
  @Column("varchar", { default: ZERO_GENERATION })
  tokenGeneration!: string;

  /** Time of the last revocation of all tokens. Decides only about tokens of the zero generation. */
  @Column({ type: Date, nullable: true })
  tokensNotBefore!: Date | null;

  /** Hash of the client's registration access token (RFC 7592). */
  @Column("varchar", { nullable: true })
  registrationTokenHash!: string | null;

  /** Client that registered this one, and whose scopes limit this one's scopes; empty: it has been deleted. */
  @Column("varchar", { nullable: true })
  registeredBy!: string | null;

  /** What the client cannot undo by itself (RFC 7592), since an operator left it so; null: nothing. */
  @Column("simple-json", { nullable: true })
  registrationLimits!: RegistrationLimits | null;

  @Column({ type: Date, nullable: true })
  lastUsedAt!: Date | null;

  @Column({ type: Date, nullable: true })
  expiresAt!: Date | null;
}

/** The columns of a client's owner. */
export function ownerColumns(owner: ClientOwner | null): Pick<Client, "ownerType" | "ownerId"> {
  return { ownerType: owner?.type ?? null, ownerId: owner?.id ?? null };
}

export function ownerOf({
  ownerType: type,
  ownerId: id,
}: Pick<Client, "ownerType" | "ownerId">): ClientOwner | null {
  return type === null || id === null ? null : { type, id };
}
