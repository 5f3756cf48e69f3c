import assert from "node:assert/strict";
import { Metrics } from "../../src/observe/metrics.ts";
import { test } from "../harness.ts";

const lines = async (metrics: Metrics) => (await metrics.text()).split("\n");

for (
  const [rule, count, line] of [
    ["REQ", (metrics: Metrics) => metrics.command("req"), "nostr_cmd_req_total 1"],
    ["EVENT", (metrics: Metrics) => metrics.command("event"), "nostr_cmd_event_total 1"],
    ["CLOSE", (metrics: Metrics) => metrics.command("close"), "nostr_cmd_close_total 1"],
    ["AUTH", (metrics: Metrics) => metrics.command("auth"), "nostr_cmd_auth_total 1"],
    ["COUNT", (metrics: Metrics) => metrics.command("count"), "nostr_cmd_count_total 1"],
    ["connections", (metrics: Metrics) => metrics.connected(), "nostr_connections_total 1"],
    [
      "disconnects",
      (metrics: Metrics) => metrics.disconnected("slowclient"),
      'nostr_disconnects_total{reason="slowclient"} 1',
    ],
    [
      "stored events",
      (metrics: Metrics) => metrics.sent("db", 30),
      'nostr_events_sent_total{source="db"} 30',
    ],
    [
      "live events",
      (metrics: Metrics) => metrics.sent("realtime", 2),
      'nostr_events_sent_total{source="realtime"} 2',
    ],
    [
      "aborted queries",
      (metrics: Metrics) => metrics.queryAborted("checkpoint"),
      'nostr_query_abort_total{reason="checkpoint"} 1',
    ],
    [
      "saves",
      (metrics: Metrics) => metrics.saved("duplicate"),
      'nostr_events_saved_total{outcome="duplicate"} 1',
    ],
    [
      "refusals",
      (metrics: Metrics) => metrics.rejected("rate-limited"),
      'nostr_rejected_total{prefix="rate-limited"} 1',
    ],
    ["queries' time", (metrics: Metrics) => metrics.querySeconds(0.25), "nostr_query_seconds_sum 0.25"],
    ["filters' time", (metrics: Metrics) => metrics.filterSeconds(0.25), "nostr_filter_seconds_sum 0.25"],
    ["writes' time", (metrics: Metrics) => metrics.writeSeconds(0.25), "nostr_events_write_seconds_sum 0.25"],
  ] as const
) {
  test(`metrics: ${rule} are counted`, async () => {
    const metrics = new Metrics();
    const before = await lines(metrics);
    count(metrics);
    const changed = (await lines(metrics)).filter((after) => !before.includes(after));
    assert.ok(changed.includes(line), changed.join("\n"));
  });
}

test("metrics: what never happened is told as 0", async () => {
  const text = await lines(new Metrics());
  assert.ok(text.includes("nostr_cmd_req_total 0"));
  assert.ok(text.includes('nostr_disconnects_total{reason="send_error"} 0'));
});

test("metrics: reading them changes nothing", async () => {
  const metrics = new Metrics();
  metrics.sent("db", 3);
  await metrics.text();
  assert.match(await metrics.text(), /^nostr_events_sent_total\{source="db"\} 3$/m);
});

test("metrics: one relay's do not show in another's", async () => {
  const [one, other] = [new Metrics(), new Metrics()];
  one.connected();
  assert.match(await other.text(), /^nostr_connections_total 0$/m);
});

test("metrics: a gauge is read when it is asked for", async () => {
  const metrics = new Metrics();
  let depth = 0;
  metrics.gauge("nostr_queue_depth", "Waiting", () => depth);
  depth = 7;
  assert.match(await metrics.text(), /^# TYPE nostr_queue_depth gauge\nnostr_queue_depth 7$/m);
  depth = 0;
  assert.match(await metrics.text(), /^nostr_queue_depth 0$/m);
});

test("metrics: a gauge's name is used once", () => {
  const metrics = new Metrics();
  metrics.gauge("nostr_queue_depth", "Waiting", () => 0);
  assert.throws(() => metrics.gauge("nostr_queue_depth", "Waiting", () => 0), /already been registered/);
});

test("metrics: the process tells its memory, its time and when it started", async () => {
  const text = await new Metrics().text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  assert.ok(value("process_resident_memory_bytes") > 1e6);
  assert.ok(value("process_cpu_seconds_total") > 0);
  const age = Date.now() / 1000 - value("process_start_time_seconds");
  assert.ok(age >= 0 && age < 86_400, `${age}`);
});

test("metrics: the content type is Prometheus' text format", () => {
  assert.equal(new Metrics().contentType, "text/plain; version=0.0.4; charset=utf-8");
});
