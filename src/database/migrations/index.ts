import { ProjectsAndClients1763600000000 } from "./1763600000000-projects-and-clients.js";
import { OrganizationsAndSessions1763600100000 } from "./1763600100000-organizations-and-sessions.js";
import { TokenAudit1763600300000 } from "./1763600300000-token-audit.js";

/** In the order in which they run. */
export const migrations = [
  ProjectsAndClients1763600000000,
  OrganizationsAndSessions1763600100000,
  TokenAudit1763600300000,
];
