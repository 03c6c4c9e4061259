import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { systemClock } from "../../src/shared/clock.js";
import { requestToken } from "../oauth/oauth-operations.js";
import { updateOrganization } from "../organizations/organization-operations.js";
import { createSessionMember } from "../sessions/session-operations.js";
import { MISSING_CHROMIUM, startChromium } from "../support/chromium.js";
import { describeUnlessMissing } from "../support/left-out.js";
import { type LiveServer, startLiveServer } from "../support/live-server.js";

const FILE = "examples/api-keys-page/index.html";

describeUnlessMissing(MISSING_CHROMIUM, "the page of API keys", () => {
  let server: LiveServer;
  let browser: Browser;
  let page: Page;
  let member: Awaited<ReturnType<typeof createSessionMember>>;
  const pages = createServer((_request, response) => {
    response.setHeader("content-type", "text/html").end(readFileSync(FILE));
  });

  beforeAll(async () => {
    pages.listen(0, "localhost");
    await once(pages, "listening");
    const origin = `http://localhost:${(pages.address() as AddressInfo).port}`;
    server = await startLiveServer({ allowedOrigins: [origin] });
    member = await createSessionMember({ clock: systemClock }, server.operator, {
      publicExchange: true,
      allowedOrigins: [origin],
    });
    const { organizationId } = member;
    await server.operator.request(
      "mutation ($input: UpdateOrganizationInput!) { updateOrganization(input: $input) { organization { isDefault } } }",
      { input: { organizationId, isDefault: true } },
    );
    browser = await startChromium();
  });

  beforeEach(async () => {
    await allow({ owner: "ORGANIZATION", scopes: ["read:*"] });
    page = await (await browser.newContext()).newPage();
    const { port } = pages.address() as AddressInfo;
    const settings = new URLSearchParams({ server: server.publicUrl, profile: member.profileId });
    await page.goto(`http://localhost:${port}/?${settings}`);
    await page.getByLabel("Token of your sign-in").fill(await member.token());
    await page.getByRole("button", { name: "Show my keys" }).click();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    pages.close();
  });

  const allow = (memberClients: object | null) =>
    updateOrganization(server.operator, { organizationId: member.organizationId, memberClients });
  /** Reads what the dialog shows, and closes it. */
  const shownSecret = async () => {
    await page.locator("#secret").waitFor();
    const clientId = (await page.locator("#client-id").textContent()) ?? "";
    const clientSecret = (await page.locator("#secret").textContent()) ?? "";
    await page.getByRole("button", { name: "Done" }).click();
    return { clientId, clientSecret };
  };
  const works = async (credentials: { clientId: string; clientSecret: string }) =>
    (await requestToken(server, credentials)).status === 200;

  test("creates a key, rotates it and deletes it", async () => {
    await page.getByLabel("Name").fill("Nightly export");
    await page.getByLabel("read:reports").check();
    await page.getByRole("button", { name: "Create a key" }).click();
    await page.locator("#secret").waitFor();
    const first = await shownSecret();
    expect(await works(first)).toBe(true);
    const row = page.getByRole("row", { name: first.clientId });
    await row.getByRole("button", { name: "Rotate" }).click();
    const second = await shownSecret();
    expect(second.clientId).toBe(first.clientId);
    expect(await works(second)).toBe(true);
    await row.getByText(/until/).waitFor();
    page.once("dialog", (dialog) => void dialog.accept());
    await row.getByRole("button", { name: "Delete" }).click();
    await row.waitFor({ state: "detached" });
    expect(await works(second)).toBe(false);
  });

  test("offers what the member may grant, and says why something else is refused", async () => {
    await page.getByLabel("read:reports").waitFor();
    expect(await page.getByLabel("write:reports").count()).toBe(0);
    await allow({ owner: "ORGANIZATION", scopes: ["write:*"] });
    await page.getByLabel("Name").fill("Too much");
    await page.getByLabel("read:reports").check();
    await page.getByRole("button", { name: "Create a key" }).click();
    await page.getByRole("alert").getByText("it lacks the scope read:reports").waitFor();
    await allow(null);
    await page.getByRole("button", { name: "Create a key" }).click();
    await page.getByRole("alert").getByText("not valid").waitFor();
  });

  test("sends no cookies, and nothing to other hosts", async () => {
    const sent: { url: string; cookie: string | undefined }[] = [];
    page.on("request", (request) =>
      sent.push({ url: request.url(), cookie: request.headers()["cookie"] }),
    );
    await page.getByLabel("Name").fill("Quiet");
    await page.getByRole("button", { name: "Create a key" }).click();
    await shownSecret();
    expect(sent.length).toBeGreaterThan(1);
    for (const { url, cookie } of sent) {
      expect([url, cookie]).toEqual([`${server.publicUrl}/graphql`, undefined]);
    }
  });
});
