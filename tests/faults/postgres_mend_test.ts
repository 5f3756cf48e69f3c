import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onOwnServer } from "../fixtures/own_server.ts";
import { runToEnd } from "../fixtures/process.ts";
import { connectTo, startRelayOn } from "./broken_store.ts";

const testOnServer = await onOwnServer();

/** What is changed in a URL that would do, and what the relay then says. */
const WRONG: readonly (readonly [what: string, change: (url: URL) => void, message: RegExp])[] = [
  ["a database that is missing", (url) => url.pathname = "nowhere", /database "nowhere" does not exist/],
  ["a user that is missing", (url) => url.username = "nobody", /role "nobody" does not exist/],
  ["a database of another encoding", (url) => url.pathname = "latin", /must be encoded in UTF8, not LATIN1/],
  ["a newer Longneck's schema", (url) => url.pathname = "newer", /version 99 of the schema/],
];

testOnServer(
  "what an operator must mend ends the start with a message that names the key",
  async (_, url) => {
    await using admin = connectTo(url);
    await admin`CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0`;
    await admin`CREATE DATABASE newer`;
    await using newer = connectTo(new URL("/newer", url).href);
    await newer`CREATE TABLE longneck AS SELECT 99 AS version`;
    for (const [what, change, message] of WRONG) {
      const wrong = new URL(url);
      change(wrong);
      await assert.rejects(startRelayOn(wrong.href), (error: Error) => {
        assert.match(error.message, message, what);
        return /^database\.connection: /.test(error.message);
      });
      await assert.rejects(
        startRelayOn(url, `connection_write = "${wrong.href}"`),
        /^StorageError: database\.connection_write: /,
        what,
      );
    }
  },
);

testOnServer("a wrong password ends the start at once, and is not shown", async (server, url) => {
  const folder = mkdtempSync(join(tmpdir(), "longneck-hba-"));
  try {
    const rules = join(folder, "pg_hba.conf");
    writeFileSync(rules, "host all all 127.0.0.1/32 scram-sha-256\n");
    for (const [path, mode] of [[folder, 0o755], [rules, 0o644]] as const) chmodSync(path, mode);
    await server.restart({ hba_file: rules });
    const { code, stdout, stderr } = await runToEnd({ env: { NOSTR__DATABASE__CONNECTION: url } });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /database\.connection: PostgreSQL: password authentication failed for user \\"postgres\\"/,
    );
    assert.doesNotMatch(stdout + stderr, /secret|listening/);
  } finally {
    await server.restart();
    rmSync(folder, { recursive: true });
  }
});
