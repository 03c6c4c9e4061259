import { expect, test } from "@jest/globals";
import { networkPrefix } from "../../../src/shared/network.js";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"],
  ["2001:db8:1:2::", "2001:db8:1:2::"],
  ["192.0.2.7:4711", "192.0.2.7"],
  ["[2001:db8:1:2:3:4:5:6]:4711", "2001:db8:1:2::"],
  ["[2001:db8:1:2:3:4:5:6]", "2001:db8:1:2::"],
  ["unknown", ""],
  ["", ""],
])("%j belongs to the network %j", (address, network) => {
  expect(networkPrefix(address)).toBe(network);
});
