import type { SettingName } from "./config.js";

/** The settings by what they are about, for docs/reference. A test holds that each is in one group. */
export const SETTING_GROUPS: Readonly<Record<string, readonly SettingName[]>> = {
  "Where the server listens": [
    "PORT",
    "HOST",
    "PUBLIC_URL",
    "TRUSTED_PROXIES",
    "TLS_CERT_FILE",
    "TLS_KEY_FILE",
  ],
  "Database and secrets": ["DATA_DIR", "DATABASE_URL", "DATABASE_POOL_SIZE", "MASTER_KEY"],
  "The first project": [
    "BOOTSTRAP_PROJECT_ID",
    "BOOTSTRAP_PROJECT_SECRET",
    "BOOTSTRAP_PROJECT_ENVIRONMENT",
  ],
  "Pages that call the API": ["EXPLORER", "ALLOWED_ORIGINS"],
  "Key sets of other issuers": [
    "KEY_SET_ALLOWED_HOSTS",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "ALLOW_INSECURE_JWKS",
  ],
  "Running it": [
    "NODE_ENV",
    "ALLOW_INSECURE_HTTP",
    "LOG_LEVEL",
    "METRICS_PORT",
    "METRICS_HOST",
    "WORKERS",
    "DRAIN_SECONDS",
    "ACTIVITY_RETENTION_DAYS",
  ],
};
