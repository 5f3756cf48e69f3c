import assert from "node:assert/strict";
import postgres from "postgres";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { Client } from "../fixtures/client.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";

/** Milliseconds that a test waits for what must become so. */
const PATIENCE = 20_000;

/** Milliseconds between two looks. */
const LOOK = 10;

/** A relay on a PostgreSQL server, in this process. */
export function startRelayOn(url: string, settings = ""): Promise<TestRelay> {
  return startRelay(`[database]\nconnection = "${url}"\n${settings}`);
}

/** One connection to the server, beside those of the relay. */
export function connectTo(url: string): postgres.Sql & AsyncDisposable {
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} });
  return Object.assign(sql, { [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }) });
}

/** A relay whose store a test breaks, and who watches. */
export interface Stage extends AsyncDisposable {
  readonly relay: TestRelay;
  readonly client: Client;
  /** Connections to the store beside those of the relay: one that stands in its way, and one that looks. */
  readonly admin: postgres.Sql;
  readonly looking: postgres.Sql;
}

/** Starts a relay on a PostgreSQL server with a client. The other connections are made when they are used. */
export async function stage(url: string, settings = ""): Promise<Stage> {
  const stack = new AsyncDisposableStack();
  try {
    const [admin, looking] = [stack.use(connectTo(url)), stack.use(connectTo(url))];
    const relay = stack.use(await startRelayOn(url, settings));
    const client = stack.use(await Client.connect(relay.url));
    return { relay, client, admin, looking, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Looks again and again until there is something, and gives it. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (const end = performance.now() + PATIENCE; performance.now() < end;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
  throw new Error(`waited in vain for ${what}`);
}

interface Health {
  readonly status: number;
  /** What it says of the store; undefined when all is well. */
  readonly storage: string | undefined;
}

export async function healthOf(httpUrl: string): Promise<Health> {
  const response = await fetch(new URL("/health", httpUrl));
  return { status: response.status, storage: (await response.json()).storage };
}

/** Waits for /health to say this of the store, or that all is well. */
export async function healthBecomes(httpUrl: string, storage: string | undefined): Promise<void> {
  let last: Health | undefined;
  try {
    await until("health", async () => (last = await healthOf(httpUrl)).storage === storage);
  } catch {
    assert.deepEqual(last?.storage, storage);
  }
  assert.equal(last!.status, storage === undefined ? 200 : 503);
}

/** What a client is told whose EVENT, REQ and COUNT can't be answered, all for the same reason. */
export async function refusals(client: Client, event: NostrEvent): Promise<Set<string>> {
  client.send("EVENT", event);
  client.send("REQ", "refused", {});
  client.send("COUNT", "refused", {});
  const [, id, accepted, reason] = await client.next("OK");
  assert.deepEqual([id, accepted], [event.id, false]);
  const [, , reasonOfOne] = await client.next("CLOSED", "EOSE", "COUNT");
  const [, , reasonOfOther] = await client.next("CLOSED", "EOSE", "COUNT");
  return new Set([reason, reasonOfOne, reasonOfOther]);
}

/** How the relay says so. */
export const told = (storage: string): Set<string> => new Set([`error: ${storage}; try again later`]);

/** Waits until so many sessions of the relay wait for a lock, and gives their process ids. */
export function waitingForLock(admin: postgres.Sql, count: number): Promise<number[]> {
  return until(`${count} sessions that wait`, async () => {
    const rows = await admin`
      SELECT pid FROM pg_stat_activity
      WHERE application_name = 'longneck' AND wait_event_type = 'Lock' AND datname = current_database()`;
    return rows.length === count && rows.map(({ pid }) => pid as number);
  });
}
