import assert from "node:assert/strict";
import type { LogRecord } from "@logtape/logtape";
import { jsonLine, textLine } from "../../src/observe/log_line.ts";
import { test } from "../harness.ts";

/** A record as `logger("storage").info(template, properties)` makes it. */
function record(template: string, properties: Record<string, unknown> = {}): LogRecord {
  const parts = template.split(/\{(\w+)\}/);
  return {
    category: ["longneck", "storage"],
    level: "info",
    timestamp: Date.UTC(2026, 0, 31, 12),
    rawMessage: template,
    message: parts.map((part, at) => at % 2 === 0 ? part : properties[part]),
    properties,
  };
}

const START = "2026-01-31T12:00:00.000Z INFO    storage";

for (
  const [rule, template, properties, expected] of [
    ["time, level, room and message", "opened", {}, "opened"],
    ["values in the message are not repeated", "wrote {count} events", { count: 5 }, "wrote 5 events"],
    ["other properties follow", "opened", { events: 5, ok: true }, "opened events=5 ok=true"],
    [
      "plain words need no quotes",
      "opened",
      { path: "./data/longneck.db" },
      "opened path=./data/longneck.db",
    ],
    ["other text is quoted", "opened", { path: "my data" }, 'opened path="my data"'],
    ["an empty text is quoted", "opened", { path: "" }, 'opened path=""'],
    ["an equals sign is quoted", "opened", { path: "a=b c=d" }, 'opened path="a=b c=d"'],
    ["quotes are escaped", "opened", { path: 'a" b="c' }, String.raw`opened path="a\" b=\"c"`],
    ["tables are JSON", "opened", { sizes: { a: [1, 2] } }, 'opened sizes={"a":[1,2]}'],
    ["big integers are numbers as text", "opened", { rows: 12n }, "opened rows=12"],
    ["what is undefined is null", "opened", { path: undefined }, "opened path=null"],
    [
      "a newline can't start a line",
      "from {who}",
      { who: "a\n2026-01-31 INFO b" },
      String.raw`from a\n2026-01-31 INFO b`,
    ],
    ["a carriage return can't hide one", "a\rb", {}, String.raw`a\rb`],
    [
      "the terminal takes no orders",
      "from {who}",
      { who: "\x1b[2J\x07\x9b" },
      String.raw`from \u001b[2J\u0007\u009b`,
    ],
    [
      "text can't be turned round",
      "from {who}",
      { who: "a\u202eb\u2028c" },
      String.raw`from a\u202eb\u2028c`,
    ],
    ["a property's name is escaped too", "x", { "a\nb": 1 }, String.raw`x a\nb=1`],
    ["emoji and other scripts stay", "from {who}", { who: "🦒 žirafa" }, "from 🦒 žirafa"],
    ["percent signs stay", "100%s %d", {}, "100%s %d"],
    ["passwords in URLs are hidden", "to {url}", { url: "pg://u:hunter2@h/db" }, "to pg://(hidden)@h/db"],
    ["passwords in quoted text are hidden", "x", { m: "at pg://u:hunter2@h/" }, 'x m="at pg://(hidden)@h/"'],
    ["secrets by name are hidden", "x", { token: "hunter2" }, 'x token="(hidden)"'],
    ["secrets inside tables are hidden", "x", { o: { Password: "hunter2" } }, 'x o={"Password":"(hidden)"}'],
  ] as const
) {
  test(`log line: ${rule}`, () => {
    assert.equal(textLine(record(template, properties)), `${START} ${expected}\n`);
  });
}

test("log line: an error tells its message on the line and its stack below, indented", () => {
  const error = new RangeError("disk\nfull", { cause: new TypeError("no\nspace") });
  const [first, ...rest] = textLine(record("failed: {error}", { error })).trimEnd().split("\n");
  assert.equal(first, String.raw`${START} failed: RangeError: disk\nfull`);
  assert.ok(rest.length > 1);
  assert.ok(rest.every((line) => line.startsWith("    ")));
  assert.ok(rest.includes(String.raw`    cause: TypeError: no\nspace`));
});

test("log line: an error that is its own cause ends", () => {
  const error = new Error("round");
  error.cause = error;
  assert.ok(textLine(record("failed", { error })).length < 20_000);
  assert.ok(jsonLine(record("failed", { error })).length < 20_000);
});

test("log line: a value that JSON refuses is shown as text", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  assert.equal(textLine(record("x", { circle })), `${START} x circle="[object Object]"\n`);
});

test("JSON line: one object, whose properties can't pose as its own fields", () => {
  const line = jsonLine(record("wrote {count} events\n", { count: 5, level: "fatal", room: "x" }));
  assert.equal(line.split("\n").length, 2);
  assert.deepEqual(JSON.parse(line), {
    time: "2026-01-31T12:00:00.000Z",
    level: "info",
    room: "storage",
    message: "wrote 5 events\n",
    properties: { count: 5, level: "fatal", room: "x" },
  });
});

test("JSON line: whatever is logged, the line is JSON", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const line = jsonLine(
    record("x", { circle, big: 1n, none: undefined, f: () => 1, s: Symbol("s"), nan: NaN }),
  );
  assert.deepEqual(Object.keys(JSON.parse(line).properties), ["circle", "big", "none", "f", "s", "nan"]);
});

test("JSON line: errors keep their stack, secrets stay hidden", () => {
  const error = new Error("no way to pg://u:hunter2@h/");
  const line = jsonLine(record("failed: {error}", { error, connection: "hunter2" }));
  const { message, stack, properties } = JSON.parse(line);
  assert.equal(message, "failed: Error: no way to pg://(hidden)@h/");
  assert.match(stack, /log_line_test/);
  assert.equal(properties.connection, "(hidden)");
  assert.doesNotMatch(line, /hunter2/);
});
