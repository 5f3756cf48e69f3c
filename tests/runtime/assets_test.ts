import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readIcon, readPage } from "../../src/runtime/assets.ts";
import { test } from "../harness.ts";

function inFolder(body: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "longneck-"));
  try {
    body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the operator's icon has the type that its name tells", () =>
  inFolder((folder) => {
    const file = join(folder, "icon.PNG");
    writeFileSync(file, new Uint8Array([137, 80]));
    assert.deepEqual(readIcon(file), { type: "image/png", body: new Uint8Array([137, 80]) });
  }));

test("the operator's page is read as UTF-8", () =>
  inFolder((folder) => {
    const file = join(folder, "page.html");
    writeFileSync(file, "<p>žirafa</p>");
    assert.equal(readPage(file), "<p>žirafa</p>");
  }));

test("a file that can't be read is an error that names it and the setting", () =>
  inFolder((folder) => {
    assert.throws(() => readPage(join(folder, "none.html")), /^Error: info\.relay_page: .*none\.html/);
    assert.throws(() => readIcon(join(folder, "none.ico")), /^Error: info\.favicon: .*none\.ico/);
  }));

test("an icon that is not named like a picture is an error that names the setting", () => {
  assert.throws(() => readIcon("icon.exe"), /info\.favicon: .*icon\.exe/);
});
