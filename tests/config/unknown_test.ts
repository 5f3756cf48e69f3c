import assert from "node:assert/strict";
import { test } from "../harness.ts";
import { problems } from "./problems.ts";

for (
  const [rule, text, key, meant] of [
    ["a misspelt key", "limits.max_subscription = 3", "limits.max_subscription", "limits.max_subscriptions"],
    ["a key of another section", "limits.path = '/'", "limits.path", "network.path"],
    ["a key outside any section", "port = 80", "port", undefined],
    ["a misspelt section", "[limit]\nmax_filters = 3", "limit", "limits"],
    ["a section that is far from all", "[grpc]\nevent_admission_server = 'x'", "grpc", undefined],
    ["a key that is far from all", "limits.zzzzzzzzzzzz = 1", "limits.zzzzzzzzzzzz", undefined],
    ["__proto__", "[__proto__]\nport = 1", "__proto__", undefined],
    ["constructor", "[constructor]\nport = 1", "constructor", undefined],
    ["a key __proto__", "[limits]\n__proto__ = 1", "limits.__proto__", undefined],
    ["a key toString", "[limits]\ntoString = 1", "limits.toString", undefined],
    // Neither runtime's server can limit frames.
    [
      "a frame limit",
      "limits.max_ws_frame_bytes = 1",
      "limits.max_ws_frame_bytes",
      "limits.max_ws_message_bytes",
    ],
  ] as const
) {
  test(`config: unknown: ${rule}`, () => {
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    assert.deepEqual(problems({ text }), [`${key} (config.toml) is not a setting${hint}`]);
  });
}

test("config: levels of rooms accept no prototype's names", () => {
  for (const name of ["__proto__", "constructor"]) {
    assert.equal(problems({ text: `[logging.levels]\n${name} = "info"` }).length, 1);
  }
});

test("config: a syntax error tells line and column, and quotes no line", () => {
  const found = problems({ text: '[database]\nconnection = "hunter2\nport = 1', file: "/etc/longneck.toml" });
  assert.equal(found.length, 1);
  assert.match(found[0]!, /^\/etc\/longneck\.toml, line 2, column \d+: /);
  assert.doesNotMatch(found[0]!, /hunter2|\n/);
});

test("config: a syntax error does not hide the problems of other sources", () => {
  assert.equal(problems({ text: "=", flags: { port: "x" } }).length, 2);
});
