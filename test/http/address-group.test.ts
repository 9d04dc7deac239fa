import { expect, test } from "vitest";
import { addressGroup } from "../../src/http/address-group.ts";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  [" 192.0.2.1 ", "192.0.2.1"],
  ["192.0.2.1:50123", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::ffff:c000:201", "192.0.2.1"],
  ["0:0:0:0:0:FFFF:192.0.2.1", "192.0.2.1"],
  ["[::ffff:192.0.2.1]:443", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"],
  ["2001:DB8:1:2::", "2001:db8:1:2::"],
  ["2001:0db8:0001:0002:0000:0000:0000:0001", "2001:db8:1:2::"],
  ["[2001:db8:1:2::7]", "2001:db8:1:2::"],
  ["[2001:db8:1:2::7]:50123", "2001:db8:1:2::"],
  ["2001:db8:1:2::7%eth0", "2001:db8:1:2::"],
  ["fe80::1%en0", "fe80::"],
  ["fe80::2%25en1", "fe80::"],
  ["::1", "::"],
  // What no proxy should send is counted as it stands, and never a fault.
  ["unknown", "unknown"],
  ["", ""],
  ["999.1.1.1:5", "999.1.1.1"],
  ["[::1", "[::1"],
  ["_hidden", "_hidden"],
])("%s is counted as %s", (address, group) => {
  expect(addressGroup(address)).toBe(group);
});
