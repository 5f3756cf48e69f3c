import assert from "node:assert/strict";
import { isPublic } from "../../src/identity/public_address.ts";
import { test } from "../harness.ts";

for (
  const [what, expected, addresses] of [
    ["hosts on the Internet", true, [
      "1.1.1.1",
      "93.184.216.34",
      "172.15.0.1",
      "172.32.0.1",
      "2606:4700::1111",
    ]],
    ["loopback", false, ["127.0.0.1", "127.255.0.1", "::1"]],
    ["nowhere", false, ["0.0.0.0", "::"]],
    ["private networks", false, ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fd00::1"]],
    ["link-local ones, where clouds keep secrets", false, ["169.254.169.254", "fe80::1", "fe80::1%eth0"]],
    ["carriers' networks", false, ["100.64.0.1", "100.127.255.255"]],
    ["multicast, broadcast and reserved", false, ["224.0.0.1", "240.0.0.1", "255.255.255.255", "ff02::1"]],
    ["examples and benchmarks", false, ["192.0.2.1", "198.18.0.1", "203.0.113.1", "2001:db8::1"]],
    ["IPv4 addresses within IPv6", false, [
      "::ffff:10.0.0.1",
      "::ffff:1.1.1.1",
      "2002:7f00:1::",
      "64:ff9b::7f00:1",
    ]],
    ["what is no address", false, ["", "localhost", "1.1.1", "0x7f.1"]],
  ] as const
) {
  test(`public address: ${what}: ${expected ? "yes" : "no"}`, () => {
    for (const address of addresses) assert.equal(isPublic(address), expected, address);
  });
}
