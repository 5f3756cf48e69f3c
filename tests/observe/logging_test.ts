import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closeLogging, configureLogging, logger, type LoggingOptions } from "../../src/observe/logging.ts";
import { test } from "../harness.ts";

/** The messages that reach a day's file, while the terminal is kept quiet. */
async function written(
  options: Partial<LoggingOptions>,
  log: () => void,
): Promise<{ name: string; text: string }> {
  const folder = mkdtempSync(join(tmpdir(), "longneck-"));
  const terminal = { debug: console.debug, info: console.info, warn: console.warn, error: console.error };
  Object.assign(console, { debug() {}, info() {}, warn() {}, error() {} });
  try {
    await configureLogging({ level: "info", format: "text", levels: {}, folder_path: folder, ...options });
    log();
    await closeLogging();
    const [name = ""] = readdirSync(folder);
    return { name, text: readFileSync(join(folder, name), "utf8") };
  } finally {
    Object.assign(console, terminal);
    await closeLogging();
    rmSync(folder, { recursive: true });
  }
}

test("logging: closing writes what is waiting to the day's file", async () => {
  const { name, text } = await written({}, () => logger("storage").info("opened {path}", { path: "./data" }));
  assert.match(name, /^longneck-\d{4}-\d\d-\d\d\.log$/);
  assert.match(text, /^\S+Z INFO {4}storage opened \.\/data\n$/);
});

test("logging: the files' names begin as configured", async () => {
  const { name } = await written({ file_prefix: "relay" }, () => logger("storage").info("opened"));
  assert.match(name, /^relay-\d{4}/);
});

test("logging: a room's level goes before the general one, both ways", async () => {
  const { text } = await written({ level: "info", levels: { storage: "debug", policy: "error" } }, () => {
    logger("storage").debug("yes 1");
    logger("storage").trace("no");
    logger("policy").warn("no");
    logger("policy").error("yes 2");
    logger("relay").info("yes 3");
    logger("relay").debug("no");
  });
  const messages = text.trimEnd().split("\n").map((line) => line.split(" ").slice(-2).join(" "));
  assert.deepEqual(messages, ["yes 1", "yes 2", "yes 3"]);
});

test("logging: as JSON, a line is an object", async () => {
  const { text } = await written({ format: "json" }, () => logger("relay").warn("slow", { seconds: 3 }));
  const { level, room, message, properties } = JSON.parse(text);
  assert.deepEqual({ level, room, message, properties }, {
    level: "warning",
    room: "relay",
    message: "slow",
    properties: { seconds: 3 },
  });
});

test("logging: closed or never configured, loggers are silent", async () => {
  await closeLogging();
  await closeLogging();
  logger("relay").info("nobody hears");
});

test("logging: a folder that can't be written to is an error at start", async () => {
  const options: LoggingOptions = {
    level: "info",
    format: "text",
    levels: {},
    folder_path: "/dev/null/logs",
  };
  await assert.rejects(configureLogging(options));
});
