import { ProjectsAndClients1763600000000 } from "./1763600000000-projects-and-clients.js";
import { OrganizationsAndSessions1763600100000 } from "./1763600100000-organizations-and-sessions.js";
import { SearchOfClients1763600200000 } from "./1763600200000-search-of-clients.js";
import { TokenAudit1763600300000 } from "./1763600300000-token-audit.js";
import { SortedNames1763600400000 } from "./1763600400000-sorted-names.js";

/** In the order in which they run. */
export const migrations = [
  ProjectsAndClients1763600000000,
  OrganizationsAndSessions1763600100000,
  SearchOfClients1763600200000,
  TokenAudit1763600300000,
  SortedNames1763600400000,
];
