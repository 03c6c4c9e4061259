import { documentMounter, postMounter } from "../../../../src/oauth/endpoint-mounters.js";
import { introspectionEndpoint } from "../../../../src/oauth/introspection.endpoint.js";
import { jwksEndpoint } from "../../../../src/oauth/jwks.endpoint.js";
import { metadataEndpoint } from "../../../../src/oauth/metadata.endpoint.js";
import { acceptFormsAndJson } from "../../../../src/oauth/oauth-parameters.js";
import { revocationEndpoint } from "../../../../src/oauth/revocation.endpoint.js";
import { tokenEndpoint } from "../../../../src/oauth/token.endpoint.js";
import { tokenErrorFormat } from "../../../../src/oauth/token-error-format.js";
import { verifyEndpoint } from "../../../../src/oauth/verify.endpoint.js";
import type { Project } from "../../../../src/projects/project.entity.js";
import type { TestEndpoint } from "../faults.js";
import { Router } from "./router.js";
import type { Services } from "./services.js";

export interface Endpoints {
  router: Router;
  /** Which endpoint a path is; null: another one. */
  endpointOf(path: string): TestEndpoint | null;
}

/** Mounts the server's own endpoints on the paths that it has for an issuer. */
export function mountEndpoints(services: Services, issuer: string, projectId: string): Endpoints {
  const router = new Router();
  const app = router.asFastify();
  const { projects } = services;
  const projectRef = () => ({ projectId });
  const paths = new Map<string, TestEndpoint>();
  const named = (path: string, endpoint: TestEndpoint) => {
    paths.set(path, endpoint);
    return path;
  };
  const verify = verifyEndpoint(services);
  acceptFormsAndJson(app);
  const post = postMounter(app, projects, projectRef);
  const get = documentMounter(app, projectRef);
  for (const prefix of new Set([pathOf(issuer), `/projects/${projectId}`])) {
    post(named(`${prefix}/oauth/token`, "tokenEndpoint"), tokenEndpoint(services), {
      errorFormat: tokenErrorFormat(services),
    });
    post(
      named(`${prefix}/oauth/introspect`, "introspectionEndpoint"),
      introspectionEndpoint(services),
    );
    post(named(`${prefix}/oauth/revoke`, "revocationEndpoint"), revocationEndpoint(services));
    router.route({
      method: ["GET"],
      url: named(`${prefix}/oauth/verify`, "verifyEndpoint"),
      handler: async (request, reply) =>
        verify((await projects.resolve(projectRef())) as Project, request, reply),
    });
    get(named(`${prefix}/.well-known/jwks.json`, "keySet"), jwksEndpoint(services));
    const metadataPaths = ["openid-configuration", "oauth-authorization-server"].flatMap(
      (document) => [
        `${prefix}/.well-known/${document}`,
        `/.well-known/${document}${prefix}`,
        `/.well-known/${document}${prefix}/`,
      ],
    );
    for (const path of new Set(metadataPaths)) {
      get(named(path, "metadata"), metadataEndpoint(services));
    }
  }
  return { router, endpointOf: (path) => paths.get(path) ?? null };
}

function pathOf(issuer: string): string {
  return new URL(issuer).pathname.replace(/\/$/, "");
}
