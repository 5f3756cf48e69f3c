import type { DatabaseSync } from "node:sqlite";
import { eventCaches } from "./event_caches.ts";
import { openForReading } from "./open.ts";
import { type Question, WrittenQuestion } from "./question.ts";
import type { IdentityPage, PageBounds } from "./pages.ts";
import { Reader, type ReaderOptions } from "./reader.ts";
import { serve } from "./remote.ts";
import { type SentTexts, TextSender } from "./sent_texts.ts";

let database: DatabaseSync | undefined;
let reader: Reader | undefined;
let sender: TextSender | undefined;

/** A page on its way between threads: flat, as Bun copies that fast (see WorkerPort). */
type PageMessage = [done: boolean, more: boolean, ...events: SentTexts];

/** The parts of Utf8Texts, which move. */
type Utf8PageMessage = [
  done: boolean,
  more: boolean,
  bytes: Uint8Array<ArrayBuffer>,
  ends: Uint32Array<ArrayBuffer>,
];

const read = (text?: string): Question | undefined =>
  text === undefined ? undefined : new WrittenQuestion(text);

/** What a reader's thread answers to. */
const methods = {
  open(directory: string, bounds: PageBounds, options: ReaderOptions): void {
    database = openForReading(directory);
    reader = new Reader(database, bounds, options);
    sender = new TextSender(eventCaches(options).sent);
  },
  idsAfter: (key: number, most: number) => reader!.idsAfter(key, most),
  has: (ids: readonly string[]) => reader!.has(ids),
  page(query: number, now: number, ample: boolean, question?: string): PageMessage {
    const { events, rows, done, more } = reader!.page(query, now, read(question), { ample });
    return [done, more, ...sender!.pack(rows, events)];
  },
  utf8Page(query: number, now: number, ample: boolean, question?: string): Utf8PageMessage {
    const { events: { bytes, ends }, done, more } = reader!.utf8Page(query, now, read(question), { ample });
    move(bytes.buffer, ends.buffer);
    return [done, more, bytes, ends];
  },
  identify(query: number, now: number, question?: string): IdentityPage {
    const page = reader!.identify(query, now, read(question));
    move(page.times.buffer, page.ids.buffer);
    return page;
  },
  tally: (query: number, now: number, offset: number | undefined, question?: string) =>
    reader!.tally(query, now, offset, read(question)),
  end: (query: number) => reader!.end(query),
  close: () => database?.close(),
};

export type ReaderMethods = typeof methods;

const { move } = serve(methods);
