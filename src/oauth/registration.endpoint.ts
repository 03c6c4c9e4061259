import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Project } from "../projects/project.entity.js";
import type { ProjectStore } from "../projects/project-store.js";
import { parseBearer } from "../shared/authorization-header.js";
import { CountersignError } from "../shared/errors.js";
import { logError } from "../shared/log-error.js";
import { requestSource } from "./client-authentication/method.js";
import { toClientMetadata } from "./client-metadata.js";
import { NO_STORE, sendOAuthError, sendProjectNotFound } from "./oauth-error.js";
import type { ResolveProjectRef } from "./oauth-request.js";
import type { ClientRegistration, Registration } from "./registration.service.js";

export interface RegistrationEndpointServices {
  projects: ProjectStore;
  registration: ClientRegistration;
}

/** RFC 7591 section 3 and RFC 7592 section 2. */
export function mountRegistration(
  app: FastifyInstance,
  { projects, registration }: RegistrationEndpointServices,
  path: string,
  resolveProjectRef: ResolveProjectRef,
): void {
  const handle =
    (
      work: (project: Project, token: string, request: FastifyRequest) => Promise<object | null>,
      status: number,
    ) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        const project = await projects.resolve(resolveProjectRef(request));
        if (!project) return sendProjectNotFound(reply);
        const answer = await work(project, requireBearerToken(request), request);
        return reply
          .headers(NO_STORE)
          .code(status)
          .send(answer ?? undefined);
      } catch (error) {
        logError(request.log, error, { reqId: request.id, ipAddress: request.ip });
        return sendOAuthError(reply, asMetadataError(error));
      }
    };
  const toResponse = (project: Project, registration: Registration) => ({
    ...toClientMetadata(registration.client),
    ...(registration.clientSecret && {
      client_secret: registration.clientSecret,
      client_secret_expires_at: 0,
    }),
    ...(registration.registrationToken && {
      registration_access_token: registration.registrationToken,
    }),
    registration_client_uri: `${projects.baseUrlFor(project)}/oauth/register/${registration.client.clientId}`,
  });
  const clientId = (request: FastifyRequest) => (request.params as { clientId: string }).clientId;

  app.post(
    path,
    options,
    handle(async (project, token, request) => {
      const source = requestSource(request);
      return toResponse(project, await registration.register(project, token, source, request.body));
    }, 201),
  );
  app.get(
    `${path}/:clientId`,
    handle(async (project, registrationToken, request) => {
      const client = await registration.read(project, clientId(request), registrationToken);
      return toResponse(project, { client, registrationToken });
    }, 200),
  );
  app.put(
    `${path}/:clientId`,
    options,
    handle(async (project, registrationToken, request) => {
      const client = await registration.replace(
        project,
        clientId(request),
        registrationToken,
        requestSource(request),
        request.body,
      );
      return toResponse(project, { client, registrationToken });
    }, 200),
  );
  app.delete(
    `${path}/:clientId`,
    handle(async (project, token, request) => {
      await registration.delete(project, clientId(request), token, requestSource(request));
      return null;
    }, 204),
  );
}

/** What Fastify could not even read. */
const options = {
  errorHandler: (error: { statusCode?: number }, _request: FastifyRequest, reply: FastifyReply) => {
    const isTheirs = (error.statusCode ?? 500) < 500;
    const unread = new CountersignError("INVALID_CLIENT_METADATA", "The body must be JSON");
    sendOAuthError(reply, isTheirs ? unread : error);
  },
};

function requireBearerToken(request: FastifyRequest): string {
  const token = parseBearer(request.headers.authorization ?? "");
  if (!token) throw new CountersignError("INVALID_TOKEN", "Send an access token as Bearer");
  return token;
}

/** RFC 7591 section 3.2.2 names what is wrong with a client's metadata. */
function asMetadataError(error: unknown): unknown {
  if (!(error instanceof CountersignError) || error.code !== "BAD_USER_INPUT") return error;
  return new CountersignError("INVALID_CLIENT_METADATA", error.message, error.details);
}
