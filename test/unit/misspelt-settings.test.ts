import { describe, expect, test } from "@jest/globals";
import { SETTING_NAMES } from "../../src/config.js";
import { misspeltSettings } from "../../src/misspelt-settings.js";

describe("a variable that looks like a setting", () => {
  test.each([
    ["PUBLICURL", "PUBLIC_URL"],
    ["public_url", "PUBLIC_URL"],
    ["PUBLIC-URL", "PUBLIC_URL"],
    ["PUBLIC_URI", "PUBLIC_URL"],
    ["MASTERKEY", "MASTER_KEY"],
    ["MASTER_KEYS", "MASTER_KEY"],
    ["MASTER_KEY_PATH", undefined],
    ["MASTERKEY_FILE", "MASTER_KEY_FILE"],
    ["DATABASE_URI", "DATABASE_URL"],
    ["DATABSE_URL", "DATABASE_URL"],
    ["DATABASE_RUL", "DATABASE_URL"],
    ["TRUSTED_PROXY", undefined],
    ["TRUSTED_PROXIE", "TRUSTED_PROXIES"],
    ["WORKER", "WORKERS"],
    ["COUNTERSIGN_PORT", "PORT"],
    ["COUNTERSIGN_MASTER_KEY", "MASTER_KEY"],
    ["COUNTERSIGN_MASTERKEY", "MASTER_KEY"],
  ])("%s: did you mean %s?", (variable, meant) => {
    expect(misspeltSettings({ [variable]: "marker" })).toEqual(
      meant ? [`${variable} is not a setting and has no effect: did you mean ${meant}?`] : [],
    );
  });

  test("is not named where that setting is set, or where it is empty", () => {
    expect(misspeltSettings({ DATABASE_URI: "marker", DATABASE_URL: "postgres://x" })).toEqual([]);
    expect(misspeltSettings({ MASTERKEY: "marker", MASTER_KEY_FILE: "/key" })).toEqual([]);
    expect(misspeltSettings({ DATABASE_URI: "" })).toEqual([]);
  });

  test("is no variable that other programs, or the command line, have", () => {
    const others = [
      "HOSTNAME",
      "PORTS",
      "HOSTS",
      "PATH",
      "NODE_OPTIONS",
      "NODE_PATH",
      "SSL_CERT_FILE",
      "LOGNAME",
      "http_proxy",
      "no_proxy",
    ];
    const ours = ["COUNTERSIGN_URL", "COUNTERSIGN_PROJECT_ID", "COUNTERSIGN_SECRET"];
    for (const variable of [...others, ...ours, ...SETTING_NAMES]) {
      expect(misspeltSettings({ [variable]: "marker" })).toEqual([]);
    }
  });
});
