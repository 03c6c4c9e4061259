import type { FastifyInstance, FastifyReply } from "fastify";
import type { Project } from "../projects/project.entity.js";
import type { ProjectService } from "../projects/project.service.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";

/** RFC 7517 section 8.5.1 registers the media type. */
const JWK_SET = "application/jwk-set+json";

/** `GET {issuer}/.well-known/jwks.json`, and for the default project without its prefix. */
export function mountJwks(
  app: FastifyInstance,
  services: { projects: ProjectService; signingKeys: SigningKeyService },
): void {
  const { projects, signingKeys } = services;
  const send = async (reply: FastifyReply, project: Project | null) => {
    if (!project) return reply.callNotFound();
    return reply
      .header("content-type", JWK_SET)
      .header("cache-control", "public, max-age=300")
      .send(JSON.stringify(await signingKeys.jwks(project.projectId)));
  };
  app.get<{ Params: { projectId: string } }>(
    "/projects/:projectId/.well-known/jwks.json",
    async (request, reply) => send(reply, await projects.find(request.params.projectId)),
  );
  app.get("/.well-known/jwks.json", async (_request, reply) =>
    send(reply, await projects.findDefault()),
  );
}
