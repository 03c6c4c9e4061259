import { createHash } from "node:crypto";
import type { Relation } from "typeorm";
import { Entity, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { TrustedAuthProfile } from "./profile.entity.js";
import { acceptedIssuers } from "./trusted-issuers.js";

/** Finds the profiles for clients by the issuer of a token: a profile has one row for each issuer that it accepts. */
@Entity("workload_issuers")
export class WorkloadIssuer {
  @PrimaryColumn("varchar")
  projectId!: string;

  /** See `issuerDigest`. */
  @PrimaryColumn("varchar")
  issuerDigest!: string;

  @PrimaryColumn("varchar")
  profileId!: string;

  @ManyToOne(() => TrustedAuthProfile, { onDelete: "CASCADE" })
  @JoinColumn([
    { name: "project_id", referencedColumnName: "projectId" },
    { name: "profile_id", referencedColumnName: "profileId" },
  ])
  profile!: Relation<TrustedAuthProfile>;
}

/**
 * A digest, since PostgreSQL refuses long values in an index. An issuer that differs only by a slash at its end
 * or by case has the same one, so that the log can say so: `checkIssuer` compares exactly.
 */
export function issuerDigest(issuer: string): string {
  const looseForm = issuer.replace(/\/$/, "").toLowerCase();
  return createHash("sha256").update(looseForm).digest("base64url");
}

/** The rows of a profile; none if it is not for a client. */
export function workloadIssuers(profile: TrustedAuthProfile): WorkloadIssuer[] {
  if (profile.clientId === null) return [];
  const { projectId, profileId } = profile;
  const digests = new Set(acceptedIssuers(profile).map(issuerDigest));
  return [...digests].map((digest) =>
    Object.assign(new WorkloadIssuer(), { projectId, issuerDigest: digest, profileId }),
  );
}
