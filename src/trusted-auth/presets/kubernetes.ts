import { hostAndPort, type Preset, under } from "./preset.js";

/** Where the issuers of managed clusters have their key sets; the others have it where the API server has it. */
const MANAGED = [
  {
    host: /^https:\/\/oidc[.-]eks\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|api\.aws)\//,
    path: "keys",
  },
  { host: /^https:\/\/container\.googleapis\.com\//, path: "jwks" },
];

/** https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/ */
export const kubernetes: Preset = {
  title: "Kubernetes",
  description:
    "Projected tokens of service accounts. Give `issuer`, that of the cluster, or `domain` if it is only a host, and `audience`, `clientId` and a claim condition on the service account or namespace.",
  parameters: {
    domain: hostAndPort("kubernetes.default.svc.cluster.local").refine(
      (name) => !/\.(?:amazonaws\.com|api\.aws|googleapis\.com|azure\.com)$/.test(name),
      "Must not be the host of a cloud, which many clusters share: give `issuer`, whose path names the cluster",
    ),
  },
  settings: ({ domain }) => ({
    issuer: domain && `https://${domain}`,
    allowedAlgorithms: ["RS256", "ES256", "ES384", "ES512"],
    // Clusters before version 1.32 may issue tokens without `jti`.
    attributeMapping: {},
  }),
  keySetUrl: (issuer) =>
    under(issuer, MANAGED.find(({ host }) => host.test(issuer))?.path ?? "openid/v1/jwks"),
  needs: {
    issuer: {
      path: ["issuer"],
      what: "`issuer`, the cluster's, which `kubectl get --raw /.well-known/openid-configuration` prints, or `domain` if it is only a host",
    },
    audience: {
      path: ["audience"],
      what: "`audience`, that of the projected token, such as the URL of this server: not the API server's own",
    },
  },
  workload: {
    clientIs: "the client that the pods become",
    identifyingClaims: [
      "sub",
      "kubernetes.io.namespace",
      "kubernetes.io.serviceaccount.uid",
      "kubernetes.io.pod.uid",
    ],
    prefix: /^system:serviceaccount:[^:]+:/,
    needsCondition:
      'a condition on `sub`, `kubernetes.io.namespace` or `kubernetes.io.serviceaccount.uid`, since its issuer signs the tokens of every pod: `{ claim: "sub", operator: EQUALS, values: ["system:serviceaccount:shop:billing"] }`. A value of STARTS_WITH must go beyond the namespace',
  },
};
