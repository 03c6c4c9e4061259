import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { buildExplorer } from "../../explorer/scripts/build.mjs";
import { MISSING_CHROMIUM, startChromium } from "../support/chromium.js";
import { describeUnlessMissing } from "../support/left-out.js";
import { type LiveServer, startLiveServer } from "../support/live-server.js";

const READY_MADE = 11;

describeUnlessMissing(MISSING_CHROMIUM, "the explorer", () => {
  let server: LiveServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  let origins: Set<string>;

  beforeAll(async () => {
    await buildExplorer({ ifNeeded: true });
    server = await startLiveServer({ allowsHostedSandbox: true });
    browser = await startChromium();
  });

  beforeEach(async () => {
    complaints = [];
    origins = new Set();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    // Violations of the content security policy are written there too.
    page.on("console", (message) => {
      const isAnswer = message.text().includes("responded with a status of 400");
      if (message.type() === "error" && !isAnswer) complaints.push(message.text());
    });
    page.on("pageerror", ({ message }) => complaints.push(message));
    page.on("request", (request) => origins.add(new URL(request.url()).origin));
    await page.goto(`${server.publicUrl}/graphql`);
    await isReady();
  });

  afterEach(async () => {
    await context.close();
    expect(complaints).toEqual([]);
    expect([...origins]).toEqual([server.publicUrl]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const nextButton = () => page.getByRole("button", { name: /^(?:Run \d+\. |All done)/ });
  const isReady = () => nextButton().and(page.locator(":enabled")).waitFor();
  const message = () => page.locator(".message");
  const response = () => page.getByLabel("Result Window");
  const signIn = async (secret = server.managementSecret) => {
    await page.getByLabel("Project id").fill(server.projectId);
    await page.getByLabel("Management secret").fill(secret);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Signed in to Default").or(page.locator(".hint[role=alert]")).waitFor();
  };
  /** Replaces the text of the editor of operations, as a reader does. */
  const write = async (name: string, text: string) => {
    await page.locator(".graphiql-query-editor .view-lines").click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.press("Backspace");
    await page.keyboard.insertText(text);
    // GraphiQL reads the name of an operation a little after its text.
    await page.locator(".graphiql-tab-active", { hasText: name }).waitFor();
  };

  test("runs every ready-made operation in order, with variables of earlier answers", async () => {
    await signIn();
    for (let number = 1; number <= READY_MADE; number += 1) {
      await page.getByRole("button", { name: new RegExp(`^Run ${number}\\. `) }).click();
      const following = number < READY_MADE ? `Run ${number + 1}. ` : "All done";
      await page
        .getByRole("button", { name: following })
        .or(page.locator(".message.error"))
        .waitFor();
      expect([number, await message().textContent()]).toEqual([
        number,
        expect.stringMatching(/^✓ \w+ /),
      ]);
    }
    const { clients, profiles, apis } = await server.operator.request(`{
      clients { nodes { name grants { nodes { scopes } } secrets { status } } }
      profiles { nodes { issuer keys { publicKeys { jwk } } } }
      apis { nodes { name } }
    }`);
    expect(clients.nodes).toEqual([
      {
        name: "My first client",
        grants: { nodes: [{ scopes: ["read:orders"] }] },
        secrets: [{ status: "CURRENT" }],
      },
    ]);
    expect(apis.nodes).toEqual([{ name: "Orders" }]);
    expect(profiles.nodes[0].issuer).toMatch(
      /^https:\/\/sample-[0-9a-f]{8}\.example\.com\/auth\/v1$/,
    );
    expect(profiles.nodes[0].keys.publicKeys[0].jwk).not.toHaveProperty("d");
    await response().getByText("ada@example.com").waitFor();
  });

  test("keeps nothing that was typed or answered after a reload", async () => {
    await signIn();
    await nextButton().click();
    await response().getByText(/csk_/).first().waitFor();
    await page.reload();
    await isReady();
    expect(await page.getByLabel("Management secret").inputValue()).toBe("");
    expect(await page.getByLabel("Project id").inputValue()).toBe("");
    expect(await page.content()).not.toMatch(/csk_|cmk_/);
    const kept = await page.evaluate(
      `(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length, (await caches.keys()).length])()`,
    );
    expect(kept).toEqual([0, 0, "", 0, 0]);
    expect(await context.cookies()).toEqual([]);
  });

  test("says in words what is wrong with a sign-in", async () => {
    await signIn("not the secret of this project");
    await page.getByText("The project id or the management secret is wrong.").waitFor();
  });

  test("forgets everything at the sign-out, the answers and tabs too", async () => {
    await signIn();
    await nextButton().click();
    await response().getByText(/csk_/).first().waitFor();
    await page.getByRole("button", { name: "2. Token" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Management secret").waitFor();
    await isReady();
    expect(await page.getByLabel("Management secret").inputValue()).toBe("");
    expect(await nextButton().textContent()).toBe("Run 1. Create a client");
    expect(await page.content()).not.toMatch(/csk_|cmk_/);
  });

  test("asks for a sign-in before an operation that needs one, and not before others", async () => {
    await nextButton().click();
    await message().getByText("Sign in first").waitFor();
    await page.getByRole("button", { name: "2. Token" }).click();
    await page.getByRole("button", { name: /^Execute query/ }).click();
    await message().getByText("INVALID_CLIENT").waitFor();
  });

  test("shows why an operation is refused", async () => {
    await signIn();
    await write("Wrong", "query Wrong { project { colour } }");
    await page.getByRole("button", { name: /^Execute query/ }).click();
    await message().getByText('Cannot query field "colour"').waitFor();
    await response().getByText("GRAPHQL_VALIDATION_FAILED").waitFor();
  });

  test("works with the keyboard alone", async () => {
    await page.getByLabel("Project id").focus();
    await page.keyboard.type(server.projectId);
    await page.keyboard.press("Tab");
    await page.keyboard.type(server.managementSecret);
    await page.keyboard.press("Enter");
    await page.getByText("Signed in to").waitFor();
    // The focus is on the button that runs the first operation.
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Run 2. " }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Run 3. " }).waitFor();
  });

  test("leads from the sign-in to the ready-made operations by Tab, before GraphiQL", async () => {
    await page.getByRole("link", { name: "Apollo Sandbox" }).focus();
    await page.keyboard.press("Tab");
    await page.locator(".next:focus").waitFor();
  });

  test("says what a ready-made operation needs from the ones before it", async () => {
    await page.getByRole("button", { name: "2. Token" }).click();
    await message().getByText("write your own clientId and clientSecret").waitFor();
    await signIn();
    await page.getByRole("button", { name: "1. Client" }).click();
    await nextButton().click();
    await page.getByRole("button", { name: "2. Token" }).click();
    await message().getByText("write your own", { exact: false }).waitFor({ state: "detached" });
  });

  test("shows the docs at the side, which tell what an operation does", async () => {
    await page.getByRole("link", { name: "Mutation", exact: true }).click();
    await page.getByRole("link", { name: "createClient", exact: true }).waitFor();
  });

  test("leads to Apollo's hosted Sandbox, where that may call this server", async () => {
    const link = page.getByRole("link", { name: "Apollo Sandbox" });
    const href = await link.getAttribute("href");
    expect(href).toBe(
      `https://studio.apollographql.com/sandbox/explorer?endpoint=${encodeURIComponent(`${server.publicUrl}/graphql`)}`,
    );
    // Whatever the page still loads would fail with the server.
    await page.close();
    await server.restart({ allowsHostedSandbox: false });
    page = await context.newPage();
    await page.goto(`${server.publicUrl}/graphql`);
    await isReady();
    expect(await page.getByRole("link", { name: "Apollo Sandbox" }).count()).toBe(0);
    await server.restart();
  });

  test("fits into a narrow window", async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    await page.reload();
    await signIn();
    await nextButton().click();
    await response().getByText("createClient").waitFor();
    const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect(overflow).toBe(0);
  });

  test("has files that browsers keep, and read as what they are", async () => {
    const html = await (
      await fetch(`${server.publicUrl}/graphql`, { headers: { accept: "text/html" } })
    ).text();
    const files = [...html.matchAll(/(?:src|href)="(explorer\/[^"]+)"/g)].map(([, file]) => file);
    expect(files).toHaveLength(3);
    for (const file of files) {
      const { status, headers } = await fetch(`${server.publicUrl}/${file}`);
      expect(status).toBe(200);
      expect(Object.fromEntries(headers)).toMatchObject({
        "cache-control": "public, max-age=31536000, immutable",
        "content-encoding": "gzip",
        "content-type": expect.stringMatching(
          /^(?:application\/javascript|text\/css|image\/svg\+xml)/,
        ),
        "x-content-type-options": "nosniff",
      });
    }
    for (const path of ["nothing.js", "..%2findex.html", ".built", ""]) {
      expect((await fetch(`${server.publicUrl}/explorer/${path}`)).status).toBe(404);
    }
  });
});
