import type { Actor } from "../shared/caller.js";

/** What the audit log records, as `<target>.<verb>`, with a description of each. */
export const AUDIT_ACTIONS = {
  "api.create": "An API was created.",
  "api.delete": "An API and its grants were deleted.",
  "api.update": "An API was changed.",
  "backup.create": "A backup of the whole database was made.",
  "backup.restore": "The whole database was restored from a backup.",
  "client.cancelSecretRotation": "The next secret of a client was ended.",
  "client.completeSecretRotation": "The next secret of a client became the current one.",
  "client.create": "A client was created.",
  "client.delete": "A client was deleted.",
  "client.endSecrets":
    "Secrets of a client were ended, since a grant gave it permissions that their maker lacked.",
  "client.import": "A client was imported.",
  "client.revokePreviousSecret": "The previous secret of a client was ended.",
  "client.revokeTokens": "All tokens of a client were revoked.",
  "client.rotateSecret": "A client got a new current secret.",
  "client.startSecretRotation": "A client got a next secret.",
  "client.update": "A client was changed.",
  "client.verify": "A client was verified by its id and secret, without a token.",
  "clientGrant.create": "A grant was created.",
  "clientGrant.delete": "A grant was deleted.",
  "clientGrant.update": "A grant was changed.",
  "managementKey.create": "A management key was created.",
  "managementKey.delete": "A management key was deleted.",
  "managementKey.update": "A management key was renamed, or lost permissions, or ends earlier.",
  "member.create": "A member was created.",
  "member.delete": "A member and its sessions were deleted.",
  "member.revokeSessions": "All sessions of a member were revoked.",
  "member.update": "A member was changed.",
  "organization.create": "An organization was created.",
  "organization.delete": "An organization, its members and their sessions were deleted.",
  "organization.revokeSessions": "All sessions of an organization were revoked.",
  "organization.update": "An organization was changed.",
  "profile.addKey": "A trusted auth profile got another public key.",
  "profile.create": "A trusted auth profile was created.",
  "profile.delete": "A trusted auth profile was deleted.",
  "profile.removeKey": "A trusted auth profile lost a public key.",
  "profile.update": "A trusted auth profile was changed.",
  "project.create": "A project was created.",
  "project.delete": "A project and all that it contained were deleted.",
  "project.update": "The settings of a project were changed.",
  "publishedKey.create": "Another issuer's key was added to the JWKS.",
  "publishedKey.delete": "Another issuer's key was removed from the JWKS.",
  "readinessFinding.dismiss": "A finding of a readiness check was accepted, with a note.",
  "readinessFinding.restore": "A finding of a readiness check was no longer accepted.",
  "session.addFactor": "A session got another authentication factor.",
  "session.changeClaims": "The custom claims of a session were changed.",
  "session.exchange": "A session was exchanged for one in another organization.",
  "session.extend": "A session got a new lifetime.",
  "session.revoke": "A session was revoked.",
  "session.start": "A session was started.",
  "signingKey.replace":
    "A signing key whose private part is lost with the master key was replaced.",
  "signingKey.revoke": "A signing key and all its tokens were revoked.",
  "signingKey.rotate": "The next signing key became the current one.",
  "token.issue": "A client got tokens.",
  "token.revoke": "An access token was revoked.",
} as const;

export type AuditAction = keyof typeof AUDIT_ACTIONS;

/** The actions on one kind of target. */
export type AuditActionOn<Target extends string> = Extract<AuditAction, `${Target}.${string}`>;

export const ACTOR_TYPES = {
  MANAGEMENT_KEY: "A management key.",
  CLIENT: "A client, by its access token.",
  MEMBER: "A member of an organization, by its session.",
  SYSTEM: "The server itself, such as at a scheduled rotation.",
} as const satisfies Record<Actor["type"], string>;
