import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { ROOMS } from "../../src/config/schema.ts";
import { test } from "../harness.ts";

test("every folder of src/ has a level of its own in the log", () => {
  const source = new URL("../../src/", import.meta.url);
  const folders = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const unknown = folders.filter(({ name }) => !ROOMS.some((room) => room === name));
  assert.deepEqual(unknown.map(({ name }) => name), []);
});
