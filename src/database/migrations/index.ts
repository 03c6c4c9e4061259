import { ProjectsAndClients1763600000000 } from "./1763600000000-projects-and-clients.js";

/** In the order in which they run. */
export const migrations = [ProjectsAndClients1763600000000];
