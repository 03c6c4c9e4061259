import type { TestClient, TestEndpoint, TestFault, TestIssuer } from "@countersign/sdk/testing";
import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from "fastify";
import { z } from "zod";
import { sendProblem } from "../../http/problem.js";
import { apiNames, clientNames, describeProblem, faultNames, formatPath } from "./mock-setup.js";

const ENDPOINTS: Record<TestEndpoint, true> = {
  tokenEndpoint: true,
  introspectionEndpoint: true,
  revocationEndpoint: true,
  verifyEndpoint: true,
  keySet: true,
  metadata: true,
};

const texts = z.array(z.string()).optional();
const json = z.record(z.string(), z.unknown()).optional();
const tokenRequest = {
  clientId: z.string().optional(),
  audience: z.string().optional(),
  scopes: texts,
  claims: json,
  parameters: z.record(z.string(), z.string()).optional(),
  dpopKeyThumbprint: z.string().optional(),
};
const bodies = {
  token: z.strictObject(tokenRequest),
  forgedToken: z.strictObject({ kind: z.string(), ...tokenRequest }),
  session: z.strictObject({
    memberId: z.string(),
    organizationId: z.string().optional(),
    roles: texts,
    emailAddress: z.string().optional(),
    name: z.string().optional(),
    trustedMetadata: json,
    claims: json,
  }),
  revocation: z.union(
    [z.strictObject({ accessToken: z.string() }), z.strictObject({ clientId: z.string() })],
    { error: "Must have accessToken or clientId" },
  ),
  secret: z.strictObject({ overlapSeconds: z.number().optional() }),
  clock: z.union(
    [
      z.strictObject({ now: z.iso.datetime({ offset: true }) }),
      z.strictObject({ advanceSeconds: z.number() }),
    ],
    { error: "Must have now, as 2030-01-01T00:00:00Z, or advanceSeconds, a number" },
  ),
  change: clientNames
    .pick({
      scopes: true,
      grants: true,
      projectScopes: true,
      status: true,
      trustedMetadata: true,
      expiresAt: true,
    })
    .strict(),
};

class BadControl extends Error {}

/** Reads a body; its TypeScript type is that of the issuer, which judges the values. */
function read<Type>(rules: z.ZodType, body: unknown): Type {
  const result = rules.safeParse(body ?? {});
  const [problem] = result.error?.issues ?? [];
  if (problem) throw new BadControl(describeProblem(problem).replace(/^: /, ""));
  return result.data as Type;
}

/** The surface that a test moves the issuer by: its state is one issuer, which `reset` makes anew. */
export function mountControl(
  current: { issuer: TestIssuer },
  reset: () => TestIssuer,
): FastifyPluginAsync {
  return async (app) => {
    app.setErrorHandler((error, _request, reply) => refuse(error as Error, reply));
    // Fastify refuses an empty body of this type. A form of a web page is no JSON and is refused.
    app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
      if (body === "") return done(null, undefined);
      try {
        done(null, JSON.parse(String(body)));
      } catch {
        done(new BadControl("The body is not JSON"));
      }
    });
    mountState(app, current, reset);
    mountTokens(app, current);
    mountClients(app, current);
  };
}

function mountState(
  app: FastifyInstance,
  current: { issuer: TestIssuer },
  reset: () => TestIssuer,
) {
  app.get("/", async () => {
    const { issuer, projectId, jwksUrl, tokenEndpoint, clock, forge } = current.issuer;
    const now = clock.now().toISOString();
    const forgedTokenKinds = [...forge.kinds, "withoutScopes"];
    const endpoints = Object.keys(ENDPOINTS);
    return { issuer, projectId, jwksUrl, tokenEndpoint, now, endpoints, forgedTokenKinds };
  });
  app.post("/reset", async (_request, reply) => {
    current.issuer = reset();
    return reply.code(204).send();
  });
  app.get("/requests", async () => ({ requests: current.issuer.requests }));
  app.put("/clock", async ({ body }) => {
    const { clock } = current.issuer;
    const change = read<{ now?: string; advanceSeconds?: number }>(bodies.clock, body);
    if (change.now !== undefined) clock.set(change.now);
    else clock.advance(change.advanceSeconds ?? 0);
    return { now: clock.now().toISOString() };
  });
  app.put<{ Params: { endpoint: TestEndpoint } }>("/faults/:endpoint", async (request, reply) => {
    const fault = read<TestFault>(faultNames, request.body);
    current.issuer.faults.set(request.params.endpoint, fault);
    return reply.code(204).send();
  });
  app.delete<{ Params: { endpoint?: TestEndpoint } }>(
    "/faults/:endpoint?",
    async (request, reply) => {
      current.issuer.faults.clear(request.params.endpoint || undefined);
      return reply.code(204).send();
    },
  );
  app.post("/signing-keys", async (_request, reply) => {
    await current.issuer.rotateSigningKey();
    return reply.code(204).send();
  });
  app.delete("/signing-keys/former", async (_request, reply) => {
    current.issuer.dropFormerKeys();
    return reply.code(204).send();
  });
}

function mountTokens(app: FastifyInstance, current: { issuer: TestIssuer }) {
  app.post("/tokens", async ({ body }) => ({
    accessToken: await current.issuer.issueToken(read(bodies.token, body)),
  }));
  app.post("/forged-tokens", async ({ body }) => {
    const { forge } = current.issuer;
    const { kind, ...request } = read<{ kind: string }>(bodies.forgedToken, body);
    if (kind === "withoutScopes") return { accessToken: await forge.withoutScopes(request) };
    const known = forge.kinds.find((name) => name === kind);
    if (!known) throw new BadControl(`kind: Must be one of ${forge.kinds.join(", ")}`);
    return { accessToken: await forge.token(known, request) };
  });
  app.post("/session-jwts", async ({ body }) => ({
    sessionJwt: await current.issuer.issueSessionJwt(read(bodies.session, body)),
  }));
  app.post("/revocations", async ({ body }, reply) => {
    const what = read<{ accessToken?: string; clientId?: string }>(bodies.revocation, body);
    if (what.accessToken !== undefined) current.issuer.revokeToken(what.accessToken);
    else current.issuer.revokeClientTokens(what.clientId ?? "");
    return reply.code(204).send();
  });
}

function mountClients(app: FastifyInstance, current: { issuer: TestIssuer }) {
  type OfClient = { Params: { clientId: string } };
  app.post("/apis", async ({ body }, reply) => {
    current.issuer.addApi(read(apiNames, body));
    return reply.code(204).send();
  });
  app.post("/clients", async ({ body }, reply) => {
    return reply.code(201).send(current.issuer.addClient(read<TestClient>(clientNames, body)));
  });
  app.patch<OfClient>("/clients/:clientId", async ({ params, body }, reply) => {
    current.issuer.updateClient(params.clientId, read(bodies.change, body));
    return reply.code(204).send();
  });
  app.delete<OfClient>("/clients/:clientId", async ({ params }, reply) => {
    current.issuer.deleteClient(params.clientId);
    return reply.code(204).send();
  });
  app.post<OfClient>("/clients/:clientId/secrets", async ({ params, body }) => ({
    clientSecret: current.issuer.rotateSecret(params.clientId, read(bodies.secret, body)),
  }));
}

/** What the caller sent is 400, with the place; everything else is a fault of the mock. */
function refuse(error: Error & { statusCode?: number }, reply: FastifyReply) {
  const { name, message, path } = error as Error & { path?: readonly (string | number)[] };
  const isRefusal =
    name === "SetupRefused" || error instanceof TypeError || error instanceof RangeError;
  if (error instanceof BadControl || isRefusal) {
    const at = path && path.length > 0 ? `${formatPath(path)}: ` : "";
    return sendProblem(reply, 400, at + message);
  }
  return sendProblem(reply, error.statusCode ?? 500, message);
}
