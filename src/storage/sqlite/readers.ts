import { Utf8Texts } from "../../protocol/utf8_texts.ts";
import { StorageError } from "../repository.ts";
import { eventCaches } from "./event_caches.ts";
import type { PageBounds, Step, Tally, TextPage, Utf8Page } from "./pages.ts";
import type { Question } from "./question.ts";
import type { ReaderOptions } from "./reader.ts";
import type { ReaderMethods } from "./reader_worker.ts";
import { Remote } from "./remote.ts";
import { TextReceiver } from "./sent_texts.ts";

/** What a page is asked for with: see the worker's `page`. */
export type Asked = Parameters<ReaderMethods["page"]>;

/** A thread that reads. */
export class ReaderThread extends Remote<ReaderMethods> {
  #texts: TextReceiver | undefined;

  constructor() {
    super(new URL("./reader_worker.ts", import.meta.url), "sqlite reader");
  }

  async open(...[directory, bounds, options]: Parameters<ReaderMethods["open"]>): Promise<void> {
    this.#texts = new TextReceiver(eventCaches(options).sent);
    await this.call("open", directory, bounds, options);
  }

  async page(...asked: Asked): Promise<TextPage> {
    const [done, more, ...sent] = await this.call("page", ...asked);
    return { done, more, events: this.#texts!.unpack(sent) };
  }

  async utf8Page(...asked: Asked): Promise<Utf8Page> {
    const [done, more, bytes, ends] = await this.call("utf8Page", ...asked);
    return { done, more, events: new Utf8Texts(bytes, ends) };
  }
}

/** Asks for a step of a query; the question, as JSON, goes with the first. */
export type Ask<Step> = (reader: ReaderThread, query: number, question?: string) => Promise<Step>;

/** The threads that read. */
export class Readers {
  readonly #threads: readonly ReaderThread[];
  #lastQuery = 0;
  #closed = false;

  constructor(howMany: number) {
    this.#threads = Array.from({ length: howMany }, () => new ReaderThread());
  }

  async open(directory: string, bounds: PageBounds, options: ReaderOptions): Promise<void> {
    for (const thread of this.#threads) await thread.open(directory, bounds, options);
  }

  /** Calls without an answer yet. */
  get depth(): number {
    return this.#threads.reduce((sum, { depth }) => sum + depth, 0);
  }

  get leastBusy(): ReaderThread {
    return this.#threads.reduce((best, reader) => reader.depth < best.depth ? reader : best);
  }

  /**
   * Asks one reader for step after step of a query, each when the last has been taken.
   * @param give What of a step is given.
   */
  async *steps<Each extends Pick<Step | Tally, "done">, Given>(
    ask: Ask<Each>,
    give: (step: Each) => Given,
    question: Question,
    signal: AbortSignal,
  ): AsyncGenerator<Given, void, void> {
    this.#mustBeOpen();
    signal.throwIfAborted();
    const reader = this.leastBusy;
    const query = ++this.#lastQuery;
    let answer = await ask(reader, query, JSON.stringify(question));
    try {
      while (true) {
        signal.throwIfAborted();
        yield give(answer);
        if (answer.done) return;
        signal.throwIfAborted();
        this.#mustBeOpen();
        answer = await ask(reader, query);
      }
    } finally {
      if (!answer.done && !this.#closed) void reader.call("end", query).catch(() => {});
    }
  }

  /** From now on nothing is asked; what was is answered. */
  shut(): void {
    this.#closed = true;
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new StorageError("the database is closed");
  }

  async close(): Promise<void> {
    for (const thread of this.#threads) await thread.call("close");
  }

  terminate(): void {
    for (const thread of this.#threads) thread.terminate();
  }
}
