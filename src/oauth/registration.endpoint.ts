import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isRefusedRequest } from "../http/request-errors.js";
import type { Project } from "../projects/project.entity.js";
import type { ProjectStore } from "../projects/project-store.js";
import { parseBearer } from "../shared/authorization-header.js";
import { CountersignError } from "../shared/errors.js";
import { logError } from "../shared/log-error.js";
import { BODY_NOT_JSON_OBJECT, toClientMetadata } from "./client-metadata.js";
import {
  NO_STORE,
  sendInvalidRequest,
  sendOAuthError,
  sendProjectNotFound,
} from "./oauth-error.js";
import { type ReadProjectRef, requestSource } from "./oauth-request.js";
import type { ClientRegistration, Registration } from "./registration.service.js";

export interface RegistrationEndpointServices {
  projects: ProjectStore;
  registration: ClientRegistration;
}

/** Mounts client registration (RFC 7591 section 3) and its management (RFC 7592 section 2). */
export function mountRegistration(
  app: FastifyInstance,
  { projects, registration }: RegistrationEndpointServices,
  path: string,
  readProjectRef: ReadProjectRef,
): void {
  const handle =
    (
      operation: (
        project: Project,
        token: string,
        request: FastifyRequest,
      ) => Promise<object | null>,
      status: number,
    ) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        const project = await projects.resolve(readProjectRef(request));
        if (!project) return sendProjectNotFound(reply);
        const response = await operation(project, requireBearerToken(request), request);
        return reply
          .headers(NO_STORE)
          .code(status)
          .send(response ?? undefined);
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
    registration_client_uri: `${projects.baseUrlFor(project)}/oauth/register/${encodeURIComponent(registration.client.clientId)}`,
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

const options = {
  /** Answers bodies that Fastify rejects, and unexpected errors. */
  errorHandler: (error: { statusCode?: number }, _request: FastifyRequest, reply: FastifyReply) => {
    const { statusCode = 500 } = error;
    if (isRefusedRequest(error)) {
      sendInvalidRequest(reply, statusCode, error.message);
      return;
    }
    const invalidBody = new CountersignError("INVALID_CLIENT_METADATA", BODY_NOT_JSON_OBJECT);
    sendOAuthError(reply, statusCode < 500 ? invalidBody : asMetadataError(error));
  },
};

function requireBearerToken(request: FastifyRequest): string {
  const token = parseBearer(request.headers.authorization ?? "");
  if (!token) {
    throw new CountersignError(
      "INVALID_TOKEN",
      "The Authorization header must hold an access token as Bearer",
    );
  }
  return token;
}

/** RFC 7591 section 3.2.2: invalid metadata have an error code of their own. */
function asMetadataError(error: unknown): unknown {
  if (!(error instanceof CountersignError) || error.code !== "BAD_USER_INPUT") return error;
  return new CountersignError("INVALID_CLIENT_METADATA", error.message, error.details);
}
