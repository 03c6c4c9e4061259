import { InitialSchema1796000000000 } from "./1796000000000-initial-schema.js";
import { ContractNames1796050000000 } from "./1796050000000-contract-names.js";
import { ClientSecrets1796100000000 } from "./1796100000000-client-secrets.js";
import { Projects1796200000000 } from "./1796200000000-projects.js";
import { SigningAndSessionProfiles1796300000000 } from "./1796300000000-signing-and-session-profiles.js";
import { AttributeMappingNames1796400000000 } from "./1796400000000-attribute-mapping-names.js";
import { ClientSearchConditions1796500000000 } from "./1796500000000-client-search-conditions.js";
import { NaturalKeys1796600000000 } from "./1796600000000-natural-keys.js";
import { Makers1797100000000 } from "./1797100000000-makers.js";
import { SessionLineage1797300000000 } from "./1797300000000-session-lineage.js";
import { TokenGenerations1797400000000 } from "./1797400000000-token-generations.js";
import { RegisteredClients1797500000000 } from "./1797500000000-registered-clients.js";
import { TrustedIssuers1797600000000 } from "./1797600000000-trusted-issuers.js";
import { MembersOfIssuers1797700000000 } from "./1797700000000-members-of-issuers.js";
import { ExternalIdsOfIssuers1797900000000 } from "./1797900000000-external-ids-of-issuers.js";
import { ClientOwners1798000000000 } from "./1798000000000-client-owners.js";
import { OwnClients1798100000000 } from "./1798100000000-own-clients.js";
import { MemberClients1798200000000 } from "./1798200000000-member-clients.js";
import { BasicVerification1798300000000 } from "./1798300000000-basic-verification.js";
import { IntrospectionAndMetadata1798500000000 } from "./1798500000000-introspection-and-metadata.js";
import { Usage1798600000000 } from "./1798600000000-usage.js";
import { Readiness1798700000000 } from "./1798700000000-readiness.js";
import { Backups1798800000000 } from "./1798800000000-backups.js";
import { Observations1798900000000 } from "./1798900000000-observations.js";

/** All migrations, in the order in which they run. */
export const migrations = [
  InitialSchema1796000000000,
  ContractNames1796050000000,
  ClientSecrets1796100000000,
  Projects1796200000000,
  SigningAndSessionProfiles1796300000000,
  AttributeMappingNames1796400000000,
  ClientSearchConditions1796500000000,
  NaturalKeys1796600000000,
  Makers1797100000000,
  SessionLineage1797300000000,
  TokenGenerations1797400000000,
  RegisteredClients1797500000000,
  TrustedIssuers1797600000000,
  MembersOfIssuers1797700000000,
  ExternalIdsOfIssuers1797900000000,
  ClientOwners1798000000000,
  OwnClients1798100000000,
  MemberClients1798200000000,
  BasicVerification1798300000000,
  IntrospectionAndMetadata1798500000000,
  Usage1798600000000,
  Readiness1798700000000,
  Backups1798800000000,
  Observations1798900000000,
];
