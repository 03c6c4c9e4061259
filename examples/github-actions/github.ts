// A stand-in for GitHub's OIDC provider, from which jobs get their tokens.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { Stage } from "../support/stage.ts";

/** What a job's token says of the job. */
export interface Job {
  repository: string;
  repositoryId: string;
  event: "push" | "pull_request" | "pull_request_target";
  ref: string;
  /** As the workflow file names it. Its owner may protect it, so that it takes no other branch. */
  environment: string;
}

export interface Github {
  issuer: string;
  /** The variables by which a job asks for its token. */
  idTokenVariables(job: Job): Record<string, string>;
  idToken(job: Job, audience: string): Promise<string>;
}

export async function startGithub(stage: Stage): Promise<Github> {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const kid = "github-1";
  const keys = [{ ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" }];
  const jobs = new Map<string, Job>();

  const issuer: string = await stage.serve(
    createServer(async (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", issuer);
      const job = jobs.get(request.headers.authorization ?? "");
      response.setHeader("content-type", "application/json");
      if (pathname === "/.well-known/jwks") response.end(JSON.stringify({ keys }));
      else if (pathname === "/idtoken" && job) {
        const value = await idToken(job, searchParams.get("audience") ?? "");
        response.end(JSON.stringify({ value }));
      } else response.writeHead(401).end();
    }),
  );

  /** The claims are those of https://docs.github.com/en/actions/reference/security/oidc */
  function idToken(job: Job, audience: string): Promise<string> {
    const { repository, repositoryId, event, ref, environment } = job;
    const [owner = ""] = repository.split("/");
    const workflow = `${repository}/.github/workflows/report.yml@${ref}`;
    return new SignJWT({
      sub: `repo:${repository}:environment:${environment}`,
      environment,
      ref,
      ref_type: "branch",
      ref_protected: String(ref === "refs/heads/main"),
      event_name: event,
      repository,
      repository_id: repositoryId,
      repository_owner: owner,
      repository_owner_id: "123456",
      repository_visibility: "private",
      actor: "octocat",
      actor_id: "12",
      workflow: "Report",
      workflow_ref: workflow,
      job_workflow_ref: workflow,
      run_id: "1",
      run_number: "1",
      run_attempt: "1",
      runner_environment: "github-hosted",
    })
      .setProtectedHeader({ alg: "RS256", kid, typ: "JWT" })
      .setIssuer(issuer)
      .setAudience(audience)
      .setJti(randomUUID())
      .setNotBefore("-5m")
      .setIssuedAt()
      .setExpirationTime("5m")
      .sign(privateKey);
  }

  return {
    issuer,
    idToken,
    idTokenVariables: (job) => {
      const requestToken = randomUUID();
      jobs.set(`Bearer ${requestToken}`, job);
      return {
        ACTIONS_ID_TOKEN_REQUEST_URL: `${issuer}/idtoken?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
      };
    },
  };
}
