import {
  createManagementClient,
  type ManagementClient,
  type ManagementClientOptions,
} from "@countersign/sdk/management";
import type { LiveServer } from "../../support/live-server.js";

/** A client that has the server's first management key. */
export function managementOf(
  { publicUrl: url, projectId, managementSecret: secret }: LiveServer,
  options: Partial<Pick<ManagementClientOptions, "url" | "retries" | "fetch">> = {},
): ManagementClient {
  return createManagementClient({ url, projectId, secret, ...options });
}
