import assert from "node:assert/strict";
import { clientAddress, countedAs, proxies } from "../../src/runtime/client_address.ts";
import { test } from "../harness.ts";

const behind = proxies(["127.0.0.0/8", "::1/128", "10.0.0.0/8", "192.0.2.7", "fc00::/7"], "x-forwarded-for");
const forwarded = (value: string) => new Headers({ "x-forwarded-for": value });

for (
  const [rule, peer, header, expected] of [
    ["a trusted proxy names the client", "10.0.0.1", "203.0.113.5", "203.0.113.5"],
    ["a trusted address without a network counts", "192.0.2.7", "203.0.113.5", "203.0.113.5"],
    ["an untrusted peer's header is ignored", "198.51.100.1", "203.0.113.5", "198.51.100.1"],
    ["the neighbour of a trusted address is not trusted", "192.0.2.8", "203.0.113.5", "192.0.2.8"],
    [
      "the rightmost hop counts, not what the client wrote",
      "10.0.0.1",
      "1.1.1.1, 203.0.113.5",
      "203.0.113.5",
    ],
    ["trusted hops are passed over", "10.0.0.1", "1.1.1.1, 203.0.113.5, 10.0.0.9,127.0.0.1", "203.0.113.5"],
    ["when every hop is trusted the first is the client", "127.0.0.1", "10.0.0.5, 10.0.0.9", "10.0.0.5"],
    ["an IPv4 port is dropped", "10.0.0.1", "203.0.113.5:4711", "203.0.113.5"],
    ["IPv6 needs no brackets", "10.0.0.1", "2001:db8::1", "2001:db8::1"],
    ["IPv6 brackets are dropped", "10.0.0.1", "[2001:db8::1]", "2001:db8::1"],
    ["IPv6 brackets and port are dropped", "10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"],
    ["IPv6 has one spelling", "10.0.0.1", "2001:0DB8:0:0::0001", "2001:db8::1"],
    ["a zone is dropped", "fe80::1%eth0", "203.0.113.5", "fe80::1"],
    ["a mapped peer is IPv4", "::ffff:198.51.100.1", "", "198.51.100.1"],
    ["a mapped trusted peer is trusted", "::ffff:10.0.0.1", "203.0.113.5", "203.0.113.5"],
    ["a mapped hop is IPv4", "::1", "::ffff:203.0.113.5", "203.0.113.5"],
    ["a mapped hop in hexadecimal is IPv4", "::1", "[::FFFF:cb00:7105]:80", "203.0.113.5"],
    ["garbage falls back to the peer", "10.0.0.1", "unknown", "10.0.0.1"],
    ["garbage left of the client does no harm", "10.0.0.1", "<script>, 203.0.113.5", "203.0.113.5"],
    ["garbage right of the client hides it", "10.0.0.1", "203.0.113.5, _hidden", "10.0.0.1"],
    ["an octet above 255 is garbage", "10.0.0.1", "203.0.113.256", "10.0.0.1"],
    ["an empty header falls back to the peer", "10.0.0.1", "", "10.0.0.1"],
    ["commas alone fall back to the peer", "10.0.0.1", ",,", "10.0.0.1"],
    ["a Unix socket's peer is a proxy", "unix", "203.0.113.5", "203.0.113.5"],
    ["a hop that calls itself a Unix socket is garbage", "10.0.0.1", "203.0.113.5, unix", "10.0.0.1"],
    ["a peer that is no address stays as it is", "", "203.0.113.5", ""],
  ] as const
) {
  test(`client address: ${rule}`, () =>
    assert.equal(clientAddress(peer, forwarded(header), behind), expected));
}

test("client address: without a configured header nobody's is read", () => {
  assert.equal(clientAddress("10.0.0.1", forwarded("203.0.113.5"), proxies(["10.0.0.0/8"])), "10.0.0.1");
});

test("client address: behind a Unix socket, x-forwarded-for is read where no other header is configured", () => {
  const nobody = proxies([]);
  assert.equal(clientAddress("unix", forwarded("1.1.1.1, 203.0.113.5"), nobody), "203.0.113.5");
  assert.equal(clientAddress("unix", new Headers(), nobody), "unix");
});

test("client address: a trusted proxy that sends no header is the client", () => {
  assert.equal(clientAddress("10.0.0.1", new Headers(), behind), "10.0.0.1");
});

test("a network that is none is refused", () => {
  assert.throws(() => proxies(["10.0.0.0/99"]));
  assert.throws(() => proxies(["localhost"]));
});

for (
  const [address, expected] of [
    ["127.0.0.1", undefined],
    ["127.9.9.9", undefined],
    ["::1", undefined],
    ["::ffff:127.0.0.1", undefined],
    ["127::1", "127:0:0:0::/64"],
    ["128.0.0.1", "128.0.0.1"],
    ["10.0.0.1", "10.0.0.1"],
    ["::2", "0:0:0:0::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8::ffff:0:0:1", "2001:db8:0:0::/64"],
    ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["unix", undefined],
    ["localhost", "localhost"],
    ["", ""],
  ] as const
) {
  test(`limits count ${address || "nothing"} for ${expected ?? "nobody"}`, () =>
    assert.equal(countedAs(address), expected));
}
