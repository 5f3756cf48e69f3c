import assert from "node:assert/strict";
import * as message from "../../src/protocol/message.ts";
import { Rejection } from "../../src/protocol/reason.ts";
import { test } from "../harness.ts";

for (
  const [text, expected] of [
    ['["EVENT",{"id":"x"}]', { verb: "EVENT", event: { id: "x" } }],
    ['["AUTH",{}]', { verb: "AUTH", event: {} }],
    ['["REQ","a",{"kinds":[1]},{}]', { verb: "REQ", id: "a", filters: [{ kinds: [1] }, {}] }],
    ['["REQ","a"]', { verb: "REQ", id: "a", filters: [] }],
    ['["COUNT","a",{}]', { verb: "COUNT", id: "a", filters: [{}] }],
    [' ["CLOSE" , "a"] ', { verb: "CLOSE", id: "a" }],
  ] as const
) {
  test(`a client may send ${text}`, () => assert.deepEqual(message.readMessage(text), expected));
}

for (
  const [rule, text, complaint] of [
    ["truncated JSON", '["REQ","a"', /^invalid: the message is not JSON/],
    ["an empty frame", "", /^invalid: the message is not JSON/],
    ["an object", '{"a":1}', /^invalid: a message must be a JSON array/],
    ["an empty array", "[]", /^invalid: a message must be a JSON array/],
    ["an unknown verb", '["HELLO","a"]', /^unsupported: .*"HELLO"/],
    ["a verb in lowercase", '["req","a",{}]', /^unsupported: /],
    ["a verb that is no string", "[1]", /^unsupported: /],
    ["a verb named like an object's own", '["__proto__"]', /^unsupported: /],
    ["a subscription id that is no string", '["REQ",1,{}]', /^invalid: the second element of REQ/],
    ["no subscription id", '["CLOSE"]', /^invalid: the second element of CLOSE/],
    ["an EVENT without an event", '["EVENT"]', /^invalid: EVENT takes one event/],
    ["deep nesting", "[".repeat(200_000), /^(invalid|unsupported): /],
    ["deep nesting, closed", "[".repeat(200_000) + "]".repeat(200_000), /^(invalid|unsupported): /],
  ] as const
) {
  test(`a message is refused with a prefix: ${rule}`, () => {
    assert.throws(() => message.readMessage(text), (error) => {
      assert.ok(error instanceof Rejection);
      assert.match(error.reason, complaint);
      assert.ok(error.reason.length < 200, "no echo of all that was sent");
      return true;
    });
  });
}

test("what the relay sends is JSON, whatever the client named its subscription", () => {
  for (const id of ['"', "\\", "\u2028", "\0", "__proto__", "é🦒"]) {
    assert.deepEqual(JSON.parse(message.eose(id)), ["EOSE", id]);
    assert.deepEqual(JSON.parse(message.eose(id, "more")), ["EOSE", id, ["more"]]);
    assert.deepEqual(JSON.parse(message.closed(id, "error: x")), ["CLOSED", id, "error: x"]);
    assert.deepEqual(JSON.parse(message.countAnswer(id, 7)), ["COUNT", id, { count: 7 }]);
    assert.deepEqual(JSON.parse(message.ok(id, true)), ["OK", id, true, ""]);
    assert.deepEqual(JSON.parse(message.notice(id)), ["NOTICE", id]);
    const frame = message.eventFrame(message.eventFrameHead(id), '{"id":"1"}');
    assert.deepEqual(JSON.parse(frame), ["EVENT", id, { id: "1" }]);
  }
});
