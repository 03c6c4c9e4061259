import { Api } from "../apis/api.entity.js";
import { AuditEvent } from "../audit/audit-event.entity.js";
import { Backup } from "../backup/backup.entity.js";
import { ClientGrant } from "../client-grants/client-grant.entity.js";
import { Client } from "../clients/client.entity.js";
import { ClientSearchTerm } from "../clients/client-search-term.entity.js";
import { ClientSecret } from "../clients/client-secret.entity.js";
import { Observation } from "../observations/observation.entity.js";
import { Member } from "../organizations/member.entity.js";
import { Organization } from "../organizations/organization.entity.js";
import { ConsumedId } from "../persistence/consumed-id.entity.js";
import { IdempotencyKey } from "../persistence/idempotency-key.entity.js";
import { ManagementKey } from "../projects/management-key.entity.js";
import { Project } from "../projects/project.entity.js";
import { ProjectIssuer } from "../projects/project-issuer.entity.js";
import { RateLimitCounter } from "../rate-limit/rate-limit-counter.entity.js";
import { ReadinessDismissal } from "../readiness/readiness-dismissal.entity.js";
import { Session } from "../sessions/session.entity.js";
import { PublishedKey } from "../signing-keys/published-key.entity.js";
import { SigningKey } from "../signing-keys/signing-key.entity.js";
import { RevokedToken } from "../tokens/revoked-token.entity.js";
import { TrustedAuthProfile } from "../trusted-auth/profile.entity.js";
import { WorkloadIssuer } from "../trusted-auth/workload-issuer.entity.js";
import { ClientUsage } from "../usage/client-usage.entity.js";
import { ScopeUse } from "../usage/scope-use.entity.js";

export const entities = [
  Api,
  AuditEvent,
  Backup,
  Client,
  ClientGrant,
  ClientSearchTerm,
  ClientSecret,
  ClientUsage,
  IdempotencyKey,
  ManagementKey,
  Member,
  Organization,
  Project,
  ProjectIssuer,
  PublishedKey,
  RateLimitCounter,
  ReadinessDismissal,
  RevokedToken,
  ScopeUse,
  Session,
  SigningKey,
  TrustedAuthProfile,
  WorkloadIssuer,
  ConsumedId,
  Observation,
];
