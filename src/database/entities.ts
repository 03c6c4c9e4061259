import { AuditEvent } from "../audit/audit-event.entity.js";
import { Client } from "../clients/client.entity.js";
import { ClientSearchTerm } from "../clients/client-search-term.entity.js";
import { ManagementKey } from "../projects/management-key.entity.js";
import { Project } from "../projects/project.entity.js";
import { RateLimitCounter } from "../rate-limit/rate-limit-counter.entity.js";
import { IdempotencyKey } from "../shared/idempotency-key.entity.js";
import { SigningKey } from "../signing-keys/signing-key.entity.js";

export const entities = [
  AuditEvent,
  Client,
  ClientSearchTerm,
  IdempotencyKey,
  ManagementKey,
  Project,
  RateLimitCounter,
  SigningKey,
];
