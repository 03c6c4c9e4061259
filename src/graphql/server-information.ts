import { assertPermitted, type Caller } from "../shared/caller.js";
import { VERSION } from "../shared/version.js";

export interface ServerInformation {
  version: string;
}

/** Tells operators which version they have. Nobody else needs to know. */
export class ServerInformationService {
  read(caller: Caller): ServerInformation {
    assertPermitted(caller, "settings:read");
    return { version: VERSION };
  }
}
