// `npm run example:github-actions`: a job without a secret calls an API, and jobs that are not meant cannot.
import assert from "node:assert/strict";
import { createManagementClient } from "@countersign/sdk/management";
import { registerApi } from "../express-api/operator.ts";
import { freePort, play } from "../support/stage.ts";
import { type Job, startGithub } from "./github.ts";
import { trustWorkflow } from "./operator.ts";
import { readWorkflow, runSteps } from "./runner.ts";

await play(import.meta.dirname, async (stage) => {
  stage.tell("Countersign starts. An operator lets one job of one repository store reports.");
  const github = await startGithub(stage);
  // The stand-in for GitHub is on this machine and speaks http.
  const countersign = await stage.startCountersign({ ALLOW_INSECURE_JWKS: "true" });
  const { issuer: audience } = countersign; // what the job asks GitHub to make its token for
  const management = createManagementClient(countersign);
  const apiAudience = "https://orders.example.com";
  const apiId = await registerApi(management, apiAudience);
  const repositoryId = "456789";
  const workflow = { apiId, repositoryId, audience, issuer: github.issuer };
  const profileId = await trustWorkflow(management, workflow);

  const port = await freePort();
  const apiUrl = `http://localhost:${port}`;
  await stage.startServer("API", "../express-api/api.mjs", apiUrl, {
    COUNTERSIGN_ISSUER: countersign.issuer,
    API_AUDIENCE: apiAudience,
    PORT: String(port),
  });

  const { environment, steps, asksForIdToken } = readWorkflow();
  assert(asksForIdToken);
  const variables = {
    COUNTERSIGN_ISSUER: countersign.issuer,
    API_AUDIENCE: apiAudience,
    API_URL: apiUrl,
  };
  const runJob = (ofGithub: Record<string, string>) =>
    runSteps(stage, steps, variables, { GITHUB_SHA: "5b1b0c3f", ...ofGithub });
  const onMain: Job = {
    repository: "octo-org/octo-repo",
    repositoryId,
    event: "push",
    ref: "refs/heads/main",
    environment,
  };

  stage.tell("Somebody pushes to main, and the workflow runs.");
  const { code } = await runJob(github.idTokenVariables(onMain));
  assert.equal(code, 0);

  const others: [sentence: string, job: Job, claim: string][] = [
    [
      "A fork runs the same workflow. It is another repository.",
      { ...onMain, repository: "mallory/octo-repo", repositoryId: "666" },
      "repository_id",
    ],
    [
      "Somebody pushes another branch, whose workflow file says that it runs there too.",
      { ...onMain, ref: "refs/heads/experiment" },
      "ref",
    ],
    [
      "Somebody opens a pull request with such a file from a branch of the repository.",
      { ...onMain, event: "pull_request", ref: "refs/pull/7/merge" },
      "ref",
    ],
    [
      "Somebody opens a pull request, and a workflow on main lets pull_request_target run its code.",
      { ...onMain, event: "pull_request_target" },
      "event_name",
    ],
  ];
  for (const [sentence, job, claim] of others) {
    stage.tell(sentence);
    const refused = await runJob(github.idTokenVariables(job));
    assert.equal(refused.code, 1);
    assert.match(refused.lines.join(), /invalid_grant/);
    // The job is not told why. The operator is.
    const token = await github.idToken(job, audience);
    const { profileTest } = await management.testProfile({ profileId, token });
    const failed = profileTest.checks.filter(({ status }) => status === "FAILED");
    for (const { message } of failed) stage.show("operator", message ?? "");
    assert.deepEqual(
      failed.map((check) => check.claim),
      [claim],
    );
  }

  stage.tell("Somebody opens a pull request from a fork. GitHub gives its jobs no token at all.");
  const ofFork = await runJob({});
  assert.equal(ofFork.code, 1);
  assert.match(ofFork.lines.join(), /no id token/);
});
