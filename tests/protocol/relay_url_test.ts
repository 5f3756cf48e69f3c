import assert from "node:assert/strict";
import { isThisRelay } from "../../src/protocol/relay_url.ts";
import { test } from "../harness.ts";

for (
  const [rule, tag, expected, same] of [
    ["the same URL", "wss://relay.example", "wss://relay.example", true],
    ["a trailing slash does not count", "wss://relay.example/", "wss://relay.example", true],
    ["capitals in the host do not count", "wss://Relay.Example", "wss://relay.example", true],
    ["a default port does not count", "wss://relay.example:443", "wss://relay.example", true],
    ["the scheme does not count: a proxy may end TLS", "ws://relay.example", "wss://relay.example", true],
    ["another host", "wss://other.example", "wss://relay.example", false],
    ["a host that begins alike", "wss://relay.example.evil.com", "wss://relay.example", false],
    ["user info cannot stand in for the host", "wss://relay.example@evil.com", "wss://relay.example", false],
    ["another path of a configured URL", "wss://relay.example/b", "wss://relay.example/a", false],
    ["the same path", "wss://relay.example/a/", "wss://relay.example/a", true],
    ["another port", "ws://127.0.0.1:7001", "127.0.0.1:7002", false],
    ["the host of the request", "ws://127.0.0.1:7001/", "127.0.0.1:7001", true],
    ["any path, where only the host is known", "wss://relay.example/x", "relay.example", true],
    ["not a WebSocket URL", "https://relay.example", "relay.example", false],
    ["not a URL", "relay.example", "relay.example", false],
    ["a broken URL", "wss://[::", "relay.example", false],
    ["no host known", "wss://relay.example", "", false],
  ] as const
) {
  test(`a relay tag and ${rule}: ${same ? "this relay" : "refused"}`, () => {
    assert.equal(isThisRelay(tag, expected), same);
  });
}

test("a relay tag of nothing but slashes is judged in no time", () => {
  const started = performance.now();
  assert.equal(isThisRelay(`wss://relay.example/${"/".repeat(500_000)}x`, "wss://relay.example"), false);
  assert.equal(isThisRelay(`wss://relay.example/${"/".repeat(500_000)}`, "wss://relay.example"), true);
  assert.ok(performance.now() - started < 5_000); // it takes milliseconds; tried from every slash, minutes
});
