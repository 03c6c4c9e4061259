import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { AllowedHosts, AllowedHostsError } from "../../../src/key-sets/allowed-hosts.js";

/** Whether a list allows a host that has resolved to an address. */
function allows(list: string, address: string, hostname = address, port = 443): boolean {
  return AllowedHosts.parse(list).allows(ipaddr.process(address), { hostname, port });
}

describe("the list of allowed hosts", () => {
  test.each<[list: string, address: string, hostname: string, port: number]>([
    ["10.0.0.0/8", "10.1.2.3", "10.1.2.3", 443],
    ["10.0.0.0/8", "10.1.2.3", "keys.example.com", 8443],
    ["10.0.0.0/8", "::ffff:10.1.2.3", "keys.example.com", 443],
    ["10.0.0.5", "10.0.0.5", "10.0.0.5", 8443],
    ["::ffff:10.0.0.5", "10.0.0.5", "10.0.0.5", 443],
    ["10.0.0.5:8443", "10.0.0.5", "10.0.0.5", 8443],
    ["fd12:3456::/32", "fd12:3456::5", "fd12:3456::5", 443],
    ["fd12:3456::5", "fd12:3456::5", "keys.example.com", 443],
    ["[fd12:3456::5]:8443", "fd12:3456::5", "fd12:3456::5", 8443],
    ["[fd12:3456::5]", "fd12:3456::5", "fd12:3456::5", 8443],
    ["keycloak", "172.17.0.2", "keycloak", 8443],
    ["keycloak.internal.example", "10.0.0.5", "keycloak.internal.example", 443],
    ["keycloak.internal.example", "10.0.0.5", "keycloak.internal.example.", 443],
    ["Keycloak.Internal.Example", "10.0.0.5", "keycloak.internal.example", 443],
    ["keycloak.internal.example:8443", "10.0.0.5", "keycloak.internal.example", 8443],
    ["schlüssel.example", "10.0.0.5", "xn--schlssel-95a.example", 443],
    ["*.internal.example", "10.0.0.5", "a.b.internal.example", 443],
    [
      "a.example, *.svc.cluster.local ,10.0.0.0/8",
      "172.20.0.1",
      "keys.prod.svc.cluster.local",
      443,
    ],
    ["127.0.0.0/8", "127.0.0.1", "localhost", 443],
    ["127.0.0.1", "127.0.0.1", "127.0.0.1", 443],
    ["::1", "::1", "::1", 443],
    ["169.254.169.254", "169.254.169.254", "169.254.169.254", 443],
    ["169.254.0.0/16", "169.254.169.254", "169.254.169.254", 443],
    ["fd00:ec2::254", "fd00:ec2::254", "fd00:ec2::254", 443],
    ["168.63.129.16", "168.63.129.16", "168.63.129.16", 443],
  ])("%s allows %s as %s, port %i", (list, address, hostname, port) => {
    expect(allows(list, address, hostname, port)).toBe(true);
  });

  test.each<[list: string, address: string, hostname: string, port: number]>([
    ["", "10.1.2.3", "10.1.2.3", 443],
    [" , ", "10.1.2.3", "10.1.2.3", 443],
    ["10.0.0.0/8", "11.0.0.1", "11.0.0.1", 443],
    ["10.0.0.5", "10.0.0.6", "10.0.0.6", 443],
    ["10.0.0.5:8443", "10.0.0.5", "10.0.0.5", 443],
    ["10.0.0.5:8443", "10.0.0.5", "10.0.0.5", 84],
    ["fd12:3456::/32", "fd12:3457::5", "fd12:3457::5", 443],
    ["keycloak.internal.example", "10.0.0.5", "other.internal.example", 443],
    ["keycloak.internal.example", "10.0.0.5", "10.0.0.5", 443],
    ["keycloak.internal.example", "10.0.0.5", "keycloak.internal.example.evil.example", 443],
    ["keycloak.internal.example", "10.0.0.5", "evil-keycloak.internal.example", 443],
    ["keycloak.internal.example:8443", "10.0.0.5", "keycloak.internal.example", 443],
    ["*.internal.example", "10.0.0.5", "internal.example", 443],
    ["*.internal.example", "10.0.0.5", "evilinternal.example", 443],
    // Never through a name, nor through a network that is wider than theirs.
    ["keys.example", "127.0.0.1", "keys.example", 443],
    ["keys.example", "::1", "keys.example", 443],
    ["keys.example", "0.0.0.0", "keys.example", 443],
    ["keys.example", "169.254.169.254", "keys.example", 443],
    ["keys.example", "fe80::1", "keys.example", 443],
    ["keys.example", "fd00:ec2::254", "keys.example", 443],
    ["keys.example", "fd20:ce::254", "keys.example", 443],
    ["keys.example", "168.63.129.16", "keys.example", 443],
    ["keys.example", "100.100.100.200", "keys.example", 443],
    ["keys.example", "64:ff9b::a9fe:a9fe", "keys.example", 443],
    ["fd00::/8", "fd00:ec2::254", "fd00:ec2::254", 443],
    ["fc00::/7", "fd20:ce::254", "fd20:ce::254", 443],
    ["100.64.0.0/10", "100.100.100.200", "100.100.100.200", 443],
    ["128.0.0.0/1", "169.254.169.254", "169.254.169.254", 443],
    ["64.0.0.0/2", "127.0.0.1", "127.0.0.1", 443],
  ])("%s does not allow %s as %s, port %i", (list, address, hostname, port) => {
    expect(allows(list, address, hostname, port)).toBe(false);
  });

  const FORMS = /must be a host name, an address or a network, such as keycloak/;

  test.each<[entry: string, problem: RegExp]>([
    ["https://keycloak.marker.example/", /is a URL: write its host alone/],
    ["10.0.0.0/8 192.168.0.0/16", /has a space: separate entries by commas/],
    ["10.0.0.0/33", /must be a network such as 10\.0\.0\.0\/8/],
    ["10.0.0.0/8:443", /must be a network such as 10\.0\.0\.0\/8/],
    ["marker.example/path", /must be a network such as 10\.0\.0\.0\/8/],
    ["10/8", /must be a network such as 10\.0\.0\.0\/8/],
    ["10.0.0.5/8", /must begin with the first address of its network/],
    ["fd12:3456::5/32", /must begin with the first address of its network/],
    ["0.0.0.0/0", /is every address: list the networks/],
    ["::/0", /is every address: list the networks/],
    ["::ffff:10.0.0.0/104", /is a network of IPv4 addresses in IPv6's form: write it as IPv4/],
    ["::ffff:0:0/96", /is a network of IPv4 addresses in IPv6's form/],
    ["*.marker", /is a whole top-level domain: name one below it, such as \*\.internal\.example/],
    ["*.com.", /is a whole top-level domain/],
    ["*", FORMS],
    ["*.", FORMS],
    ["marker.*.example", FORMS],
    ["*marker.example", FORMS],
    ["10.0.0", FORMS],
    ["10.0.0.256", FORMS],
    ["0x0a000005", FORMS],
    ["-marker:", FORMS],
    ["user@marker.example", FORMS],
    ["marker..example", FORMS],
    ["marker.example:0", /must have a port from 1 to 65535/],
    ["marker.example:65536", /must have a port from 1 to 65535/],
    ["marker.example:https", FORMS],
    ["[marker]:443", /must have an IPv6 address in its brackets/],
    ["[10.0.0.5]:443", /must have an IPv6 address in its brackets/],
    [
      "localhost",
      /names this machine, which can be allowed only by its addresses: write 127\.0\.0\.0\/8, ::1/,
    ],
    ["marker.localhost:8443", /names this machine/],
  ])("refuses the entry %s, without its text", (entry, problem) => {
    const parse = () => AllowedHosts.parse(`10.0.0.0/8, ${entry} `);
    expect(parse).toThrow(AllowedHostsError);
    expect(parse).toThrow(problem);
    expect(parse).toThrow(/^Entry 2 /);
    expect(parse).not.toThrow(/marker/);
  });

  test("names every wrong entry", () => {
    expect(() => AllowedHosts.parse("*,10.0.0.0/8,https://a.example")).toThrow(
      /^Entry 1 must .*; Entry 3 is a URL/,
    );
  });

  test("takes any text", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f.:*/[\], -]*$/), fc.domain());
    fc.assert(
      fc.property(text, (list) => {
        try {
          AllowedHosts.parse(list);
        } catch (error) {
          expect(error).toBeInstanceOf(AllowedHostsError);
        }
      }),
    );
  });

  test("opens metadata, link-local and loopback addresses to no name", () => {
    fc.assert(
      fc.property(
        fc.domain(),
        fc.constantFrom("127.0.0.1", "169.254.169.254", "fd00:ec2::254", "168.63.129.16", "::1"),
        (name, address) => {
          expect(allows(`${name},10.0.0.0/8,fc00::/7`, address, name)).toBe(false);
        },
      ),
    );
  });
});
