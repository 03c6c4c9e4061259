import type { SettingName } from "./config.js";

/** What each environment variable means, and its default, for docs/reference. */
export const SETTING_DESCRIPTIONS: Readonly<
  Record<SettingName, readonly [meaning: string, defaultValue: string]>
> = {
  NODE_ENV: [
    "`production` makes the start refuse settings that are for development, and secrets that are not random. Other spellings of it are refused.",
    "none",
  ],
  PORT: ["Port that the server listens on; 0 for a free one.", "`4000`"],
  HOST: ["Address that the server listens on.", "`127.0.0.1`"],
  TLS_CERT_FILE: [
    "PEM file with the server's certificate and those of its intermediate authorities. With it and `TLS_KEY_FILE` the server speaks https itself. See [custom domains](../operations/custom-domains.md#without-a-proxy).",
    "none: http",
  ],
  TLS_KEY_FILE: [
    "PEM file with the certificate's private key, without a passphrase. Both files are reread when they change.",
    "none",
  ],
  PUBLIC_URL: [
    "What clients reach the server by; the issuers begin with it. Below a path in it everything is served too. Required when `NODE_ENV=production`, with https.",
    "`http://localhost:$PORT`, or https with `TLS_CERT_FILE`",
  ],
  ALLOW_INSECURE_HTTP: [
    "`true` allows a `PUBLIC_URL` with http when `NODE_ENV=production`.",
    "`false`",
  ],
  DATA_DIR: ["Directory of the SQLite file and the generated master key.", "`./data`"],
  DATABASE_URL: [
    "`postgres://…` for PostgreSQL, with libpq's parameters of TLS (`sslmode`, `sslrootcert`).",
    "SQLite in `DATA_DIR`",
  ],
  DATABASE_POOL_SIZE: [
    "PostgreSQL connections of one process, 1 to 1000. The sum over all processes, and a few more for starts and housekeeping, must stay below the server's `max_connections`.",
    "`10`",
  ],
  MASTER_KEY: [
    "32 bytes in base64 or base64url that seal private keys. In a comma-separated list the first key seals and all open. Required when `NODE_ENV=production`.",
    "a file in `DATA_DIR`",
  ],
  BOOTSTRAP_PROJECT_ID: [
    "Id of the first project. Ignored, with a warning, once a project exists.",
    "generated",
  ],
  BOOTSTRAP_PROJECT_SECRET: [
    "Management secret of the first project, at least 32 characters. Ignored, with a warning, once a project exists.",
    "generated",
  ],
  BOOTSTRAP_PROJECT_ENVIRONMENT: [
    "`TEST` or `LIVE`, of the first project.",
    "`TEST` for an id that begins with `project-test-`, else `LIVE`",
  ],
  ALLOW_INSECURE_JWKS: [
    "`true` allows key set URLs with http and on this machine, for development. Refused when `NODE_ENV=production`.",
    "`false`",
  ],
  KEY_SET_ALLOWED_HOSTS: [
    "Hosts, addresses and networks, separated by commas, that key sets may be fetched from although they are private: `keycloak.internal.example`, `*.internal.example`, `10.0.0.5:8443`, `10.0.0.0/8`. See [private key sets](../operations/network.md#private-key-sets).",
    "none: only public hosts",
  ],
  HTTPS_PROXY: [
    "URL of the proxy that key sets are fetched through; `https_proxy` comes first. Needs Node.js 22.21, 24.5 or newer.",
    "none",
  ],
  HTTP_PROXY: ["The same for key sets over http, which are for development.", "none"],
  NO_PROXY: [
    "Hosts, separated by commas, whose key sets are fetched without a proxy: `host`, `host:port`, `.example.com` for a domain, `*` for all.",
    "none",
  ],
  EXPLORER: [
    "What `GET /graphql` shows to a browser: `graphiql`, which this server delivers; `sandbox`, Apollo's, which loads scripts from Apollo's servers; or `off`. Unless it is `off` or `NODE_ENV=production`, Apollo's hosted Sandbox (`https://studio.apollographql.com`) may call `/graphql`. See [the explorer](../explorer.md).",
    "`off` when `NODE_ENV=production`, else `graphiql`",
  ],
  ALLOWED_ORIGINS: [
    "Web origins, separated by commas, whose pages may call `/graphql` with a Bearer token: `https://app.example.com`. With http only on localhost when `NODE_ENV=production`. See [pages that call the API](../operations/network.md#pages-that-call-the-api).",
    "none",
  ],
  TRUSTED_PROXIES: [
    "Addresses or networks of proxies, separated by commas, whose `X-Forwarded-For`, `-Host` and `-Proto` count: also gateways that ask `/oauth/verify`, and APIs that call `verifyClient`.",
    "none",
  ],
  LOG_LEVEL: ["`fatal`, `error`, `warn`, `info`, `debug` or `silent`.", "`info`"],
  METRICS_PORT: [
    "Port on which Prometheus reads `/metrics`, of all processes together. See [monitoring](../operations/monitoring.md).",
    "none: no metrics",
  ],
  METRICS_HOST: ["Address that the metrics are served on. They need no credential.", "`127.0.0.1`"],
  WORKERS: [
    "Processes on this machine that share the port, 1 to 64, or `auto` (one for each core on PostgreSQL, one on SQLite). More than one needs `DATABASE_URL`.",
    "`1`",
  ],
  ACTIVITY_RETENTION_DAYS: [
    "Days that audit events of activity stay, 1 to 3650: tokens that clients get, their verifications, and what members do with their sessions. Other audit events stay.",
    "`30`",
  ],
  DRAIN_SECONDS: [
    "How long the server goes on serving after SIGTERM while `/readyz` answers 503, 0 to 600.",
    "`0`",
  ],
};
