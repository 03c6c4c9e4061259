import { clockDiffers } from "./clock-differs.js";
import { dataInContainer } from "./data-in-container.js";
import { developmentMode } from "./development-mode.js";
import { diskNearlyFull } from "./disk-nearly-full.js";
import { domainUnreachable } from "./domain-unreachable.js";
import { explorerOpen } from "./explorer-open.js";
import { formerMasterKeys } from "./former-master-keys.js";
import { generatedMasterKey } from "./generated-master-key.js";
import type { HostCheck } from "./host-check.js";
import { housekeepingFails } from "./housekeeping-fails.js";
import { httpIssuer } from "./http-issuer.js";
import { httpOnNetwork } from "./http-on-network.js";
import { insecureKeySets } from "./insecure-key-sets.js";
import { keySetUnavailable } from "./key-set-unavailable.js";
import { logLevel } from "./log-level.js";
import { managementSecretFile } from "./management-secret-file.js";
import { misspeltSetting } from "./misspelt-setting.js";
import { nameIndexMissing } from "./name-index-missing.js";
import { postgresConnections } from "./postgres-connections.js";
import { postgresNotDurable } from "./postgres-not-durable.js";
import { postgresWithoutTls } from "./postgres-without-tls.js";
import { proxyDropsHost } from "./proxy-drops-host.js";
import { proxyDropsScheme } from "./proxy-drops-scheme.js";
import { readableSecrets } from "./readable-secrets.js";
import { silentProxy } from "./silent-proxy.js";
import { tlsCertificateEnds } from "./tls-certificate-ends.js";
import { tlsFilesRefused } from "./tls-files-refused.js";
import { trustsEverybody } from "./trusts-everybody.js";
import { untrustedProxy } from "./untrusted-proxy.js";
import { walHuge } from "./wal-huge.js";

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
