import assert from "node:assert/strict";
import { test } from "../harness.ts";
import { problems } from "./problems.ts";

for (
  const [rule, text, expected] of [
    [
      "default_limit is at most max_limit",
      "default_limit = 9\nmax_limit = 8",
      /default_limit \(9\).*max_limit \(8\)/,
    ],
    [
      "an event fits into a message",
      "max_event_bytes = 9\nmax_ws_message_bytes = 8",
      /max_event_bytes \(9\)/,
    ],
    [
      "an event fits into what may wait",
      "max_event_bytes = 9\nmax_pending_bytes = 17",
      /max_pending_bytes \(17\)/,
    ],
    [
      "users are confirmed again before they expire",
      "[verified_users]\nverify_expiration_seconds = 9\nverify_update_frequency_seconds = 9",
      /verify_update_frequency_seconds \(9\).*verify_expiration_seconds \(9\)/,
    ],
    [
      "what tells of the relay names it and is signed by it",
      "[discovery]\nenabled = true\n[info]\nrelay_url = 'wss://x.test'",
      /discovery\.enabled needs info\.relay_url, and info\.secret_key/,
    ],
    [
      "one comparison holds no more than all together",
      "[sync]\nmax_events = 9\nmax_events_held = 8",
      /max_events \(9\).*max_events_held \(8\)/,
    ],
    [
      "no kind is both allowed and refused",
      "event_kind_allowlist = [1, 4]\nevent_kind_blacklist = [4]",
      /both name 4$/,
    ],
    [
      "a header needs proxies to believe",
      "[network]\nremote_ip_header = 'x-y'\ntrusted_proxies = []",
      /nobody/,
    ],
    [
      "who must authenticate must be able to",
      "[authorization]\nnip42_auth = false\nauth_required_to_read = true",
      /auth_required_to_read needs authorization\.nip42_auth/,
    ],
    [
      "a list of who may write needs authentication, an empty one too",
      "[authorization]\nnip42_auth = false\nwrite_allowlist = []",
      /write_allowlist needs authorization\.nip42_auth/,
    ],
    ["without TCP there is a Unix socket", "[network]\ntcp = false", /nobody comes in/],
    ["metrics have a port of their own or none", "[metrics]\nport = 8080", /leave it unset/],
    ["an address for metrics needs a port", "[metrics]\naddress = '::1'", /needs metrics\.port/],
    ["a prefix of files needs a folder", "[logging]\nfile_prefix = 'x'", /needs logging\.folder_path/],
  ] as const
) {
  test(`config: ${rule}`, () => {
    const found = problems({ text: `[limits]\n${text}` });
    assert.equal(found.length, 1);
    assert.match(found[0]!, expected);
  });
}

for (
  const text of [
    "[limits]\ndefault_limit = 8\nmax_limit = 8",
    "[limits]\nmax_event_bytes = 8\nmax_ws_message_bytes = 8\nmax_pending_bytes = 16",
    "[network]\nport = 0\n[metrics]\nport = 0",
    "[network]\ntcp = false\nunix_socket = '/run/x.sock'\nremote_ip_header = 'x-y'\ntrusted_proxies = []",
  ]
) test(`config: fits: ${JSON.stringify(text)}`, () => assert.deepEqual(problems({ text }), []));

test("config: a setting that is wrong in itself is not compared with others", () => {
  assert.equal(problems({ text: "[limits]\ndefault_limit = 9000\nmax_limit = 'many'" }).length, 1);
});
