import assert from "node:assert/strict";
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { Metrics } from "../../src/observe/metrics.ts";
import { Reporter } from "../../src/observe/reporter.ts";
import { test } from "../harness.ts";

test("a failure that many events share is one line of the log", async () => {
  const lines: LogRecord[] = [];
  const loggers = [{ category: "longneck", sinks: ["lines"] }, { category: ["logtape", "meta"], sinks: [] }];
  await configure({ reset: true, sinks: { lines: (line) => lines.push(line) }, loggers });
  try {
    const reporter = new Reporter(new Metrics());
    const [one, other] = [new Error("disk full"), new Error("disk full")];
    for (let times = 0; times < 1_000; times++) reporter.failed("event", one);
    reporter.failed("query", other);
    assert.deepEqual(lines.map(({ properties }) => properties.error), [one, other]);
  } finally {
    await reset();
  }
});
