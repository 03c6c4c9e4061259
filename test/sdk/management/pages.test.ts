import type { ManagementClient } from "@countersign/sdk/management";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type LiveServer, startLiveServer } from "../../support/live-server.js";
import { type LossyProxy, startLossyProxy } from "./lossy-proxy.js";
import { managementOf } from "./management-of.js";

const CLIENTS = 450;

describe("the pages of a list", () => {
  let server: LiveServer;
  let proxy: LossyProxy;
  let management: ManagementClient;

  beforeAll(async () => {
    server = await startLiveServer();
    proxy = await startLossyProxy(() => server.publicUrl);
    management = managementOf(server, { url: proxy.url });
    const names = Array.from({ length: CLIENTS }, (_, index) => `Client ${index}`);
    await Promise.all(names.map((name) => management.createClient({ name, scopes: [] })));
  });

  beforeEach(() => {
    proxy.bodies.length = 0;
  });

  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  test("are followed to their end, 200 items each", async () => {
    const found: string[] = [];
    for await (const { clientId } of management.pages("clients")) found.push(clientId);
    expect(new Set(found).size).toBe(CLIENTS);
    expect(found).toHaveLength(CLIENTS);
    expect(proxy.bodies).toHaveLength(3);
  });

  test("keep the filter, the order and the size that they are asked for", async () => {
    const variables = {
      filter: { nameContains: "Client 1" },
      orderBy: { field: "CREATED_AT", direction: "ASC" },
    } as const;
    const times: string[] = [];
    for await (const { createdAt } of management.pages("clients", variables, { pageSize: 50 })) {
      times.push(createdAt);
    }
    expect(times).toHaveLength(111);
    expect(times).toEqual([...times].sort());
    expect(proxy.bodies).toHaveLength(3);
  });

  test("are requested when their first item is", async () => {
    const pages = management.pages("clients", {}, { pageSize: 100 });
    expect(proxy.bodies).toHaveLength(0);
    for (let count = 0; count < 100; count++) await pages.next();
    expect(proxy.bodies).toHaveLength(1);
    await pages.next();
    expect(proxy.bodies).toHaveLength(2);
    await pages.return();
    expect(await pages.next()).toEqual({ done: true, value: undefined });
    expect(proxy.bodies).toHaveLength(2);
  });

  test("are read on after a lost answer", async () => {
    proxy.fail("ListClients", "ANSWER_LOST", 503);
    let count = 0;
    for await (const _ of management.pages("clients")) count++;
    expect(count).toBe(CLIENTS);
  });

  test.each(["same", null])(
    "do not go on for ever where the server's do (%s)",
    async (endCursor) => {
      const clients = { nodes: [], pageInfo: { hasNextPage: true, endCursor } };
      const fetch = async () => Response.json({ data: { clients } });
      const pages = managementOf(server, { fetch }).pages("clients");
      await expect(pages.next()).rejects.toThrow("pages do not end");
    },
  );

  test("end with the signal, and with an error of the server", async () => {
    const controller = new AbortController();
    const options = { pageSize: 10, signal: controller.signal };
    const pages = management.pages("clients", {}, options);
    await pages.next();
    controller.abort(new Error("enough"));
    const rest = async () => {
      for await (const _ of pages);
    };
    await expect(rest()).rejects.toThrow("enough");
    const tooLarge = management.pages("clients", {}, { pageSize: 201 });
    await expect(tooLarge.next()).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
    const unknown = management.pages("members", { organizationId: "organization-0" });
    await expect(unknown.next()).rejects.toMatchObject({ code: "ORGANIZATION_NOT_FOUND" });
  });
});
