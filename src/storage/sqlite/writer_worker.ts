import { openForWriting, type WritableDatabase } from "./open.ts";
import type { RecordChange } from "../records.ts";
import type { Vanished } from "../vanishing.ts";
import { RecordTable } from "./record_table.ts";
import { serve } from "./remote.ts";
import { type News, Writer } from "./writer.ts";

let held: WritableDatabase | undefined;
let writer: Writer | undefined;
let records: RecordTable | undefined;

/** What the writer's thread answers to. */
const methods = {
  open(directory: string, lag?: number, searchKinds?: readonly number[]): void {
    held = openForWriting(directory);
    writer = new Writer(held.database, lag, searchKinds);
    records = new RecordTable(held.database);
  },
  /** Spread out, because Bun takes 1.2 µs an event less to send strings that are not in an array within another. */
  save: (news: News, ...batch: readonly string[]) => writer!.save(batch, news),
  remove: (ids: readonly string[]) => writer!.remove(ids),
  removeExpired: (now: number, most: number) => writer!.removeExpired(now, most),
  advanceSearch: () => writer!.advanceSearch(),
  noteVanished: (who: readonly Vanished[]) => writer!.noteVanished(who),
  vanishedAfter: (pubkey: string, most: number) => writer!.vanishedAfter(pubkey, most),
  leaving: (most: number) => writer!.leaving(most),
  lastRemoval: () => writer!.lastRemoval,
  forget: (vanished: readonly Vanished[], most: number, lastRemoval?: number) =>
    writer!.forget(vanished, most, lastRemoval),
  records: () => records!.read(),
  writeRecords: (version: number, changes: readonly RecordChange[]) => records!.write(version, changes),
  close(): void {
    held?.database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    held?.[Symbol.dispose]();
  },
};

export type WriterMethods = typeof methods;

serve(methods);
