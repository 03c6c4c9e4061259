import type { HostCheck } from "./host-check.js";
import { clockDiffers } from "./host-checks/clock-differs.js";
import { dataInContainer } from "./host-checks/data-in-container.js";
import { developmentMode } from "./host-checks/development-mode.js";
import { diskNearlyFull } from "./host-checks/disk-nearly-full.js";
import { domainUnreachable } from "./host-checks/domain-unreachable.js";
import { explorerOpen } from "./host-checks/explorer-open.js";
import { formerMasterKeys } from "./host-checks/former-master-keys.js";
import { generatedMasterKey } from "./host-checks/generated-master-key.js";
import { housekeepingFails } from "./host-checks/housekeeping-fails.js";
import { httpIssuer } from "./host-checks/http-issuer.js";
import { httpOnNetwork } from "./host-checks/http-on-network.js";
import { insecureKeySets } from "./host-checks/insecure-key-sets.js";
import { keySetUnavailable } from "./host-checks/key-set-unavailable.js";
import { logLevel } from "./host-checks/log-level.js";
import { managementSecretFile } from "./host-checks/management-secret-file.js";
import { misspeltSetting } from "./host-checks/misspelt-setting.js";
import { nameIndexMissing } from "./host-checks/name-index-missing.js";
import { noBackup } from "./host-checks/no-backup.js";
import { postgresConnections } from "./host-checks/postgres-connections.js";
import { postgresNotDurable } from "./host-checks/postgres-not-durable.js";
import { postgresWithoutTls } from "./host-checks/postgres-without-tls.js";
import { proxyDropsHost } from "./host-checks/proxy-drops-host.js";
import { proxyDropsScheme } from "./host-checks/proxy-drops-scheme.js";
import { readableSecrets } from "./host-checks/readable-secrets.js";
import { silentProxy } from "./host-checks/silent-proxy.js";
import { tlsCertificateEnds } from "./host-checks/tls-certificate-ends.js";
import { tlsFilesRefused } from "./host-checks/tls-files-refused.js";
import { trustsEverybody } from "./host-checks/trusts-everybody.js";
import { untrustedProxy } from "./host-checks/untrusted-proxy.js";
import { walHuge } from "./host-checks/wal-huge.js";

/** Checks of configuration and surroundings. */
export const HOST_CHECKS: readonly HostCheck[] = [
  clockDiffers,
  dataInContainer,
  developmentMode,
  diskNearlyFull,
  domainUnreachable,
  explorerOpen,
  formerMasterKeys,
  generatedMasterKey,
  housekeepingFails,
  httpIssuer,
  httpOnNetwork,
  insecureKeySets,
  keySetUnavailable,
  logLevel,
  managementSecretFile,
  misspeltSetting,
  nameIndexMissing,
  noBackup,
  postgresConnections,
  postgresNotDurable,
  postgresWithoutTls,
  proxyDropsHost,
  proxyDropsScheme,
  readableSecrets,
  silentProxy,
  tlsCertificateEnds,
  tlsFilesRefused,
  trustsEverybody,
  untrustedProxy,
  walHuge,
];
