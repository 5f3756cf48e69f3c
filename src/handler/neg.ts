import { type Filter, readFilter } from "../protocol/filter.ts";
import { negErr, negMsg } from "../protocol/message.ts";
import { Rejection } from "../protocol/reason.ts";
import { TooManyRecords } from "../sync/held_records.ts";
import { fromHex, toHex } from "../sync/hex.ts";
import { Exchange } from "./exchange.ts";
import type { Session } from "./session.ts";

/** Resolves with the frame to send; undefined when there is nobody left who waits for it. */
type Answer = Promise<string | undefined>;

/** NIP-77 on one connection: NEG-OPEN, NEG-MSG and NEG-CLOSE. Its ids are none of a REQ's. */
export class Exchanges {
  readonly #open = new Map<string, Exchange>();

  /** @param tell Takes the frame that ends an exchange whose client has gone quiet. */
  constructor(readonly session: Session, readonly tell: (frame: string) => void) {
    const end = () => [...this.#open.values()].forEach((exchange) => this.#end(exchange));
    session.signal.addEventListener("abort", end, { once: true });
  }

  /** Open exchanges. */
  get size(): number {
    return this.#open.size;
  }

  /** NEG-OPEN: reads what passes the filter and answers the first message. An open exchange of that id ends. */
  async open(id: string, given: unknown, message: unknown): Answer {
    const { observer } = this.session.services;
    const started = performance.now();
    this.close(id);
    let exchange: Exchange | undefined;
    try {
      const filters = this.#admit(id, given);
      const first = fromHex(message);
      this.#open.set(id, exchange = new Exchange(id, this.session.services));
      await this.#read(exchange, filters);
      observer.queried((performance.now() - started) / 1000, filters.length);
      return await this.#answer(exchange, first);
    } catch (error) {
      return this.#refuse(id, exchange, error);
    }
  }

  /** NEG-MSG */
  async message(id: string, message: unknown): Answer {
    const exchange = this.#open.get(id);
    try {
      if (!exchange) throw new Rejection("closed", "no exchange with this id is open; begin with NEG-OPEN");
      return await this.#answer(exchange, fromHex(message));
    } catch (error) {
      return this.#refuse(id, exchange, error);
    }
  }

  /** NEG-CLOSE, which takes no answer. */
  close(id: string): void {
    const exchange = this.#open.get(id);
    if (exchange) this.#end(exchange);
  }

  /** What a REQ must pass too, but for the limit: an exchange is of use only when it has all. */
  #admit(id: string, given: unknown): readonly Filter[] {
    const { rules } = this.session.services;
    if (!rules.sync.enabled) {
      throw new Rejection("unsupported", "this relay does not compare events (NIP-77)");
    }
    rules.subscriptionId(id);
    const filters = rules.exchange([readFilter(given, rules.filter)], this.session.client);
    rules.filterValues(filters);
    const most = rules.sync.maxExchanges;
    if (this.#open.size >= most) {
      throw new Rejection("rate-limited", `at most ${most} exchanges may be open; close one first`);
    }
    this.session.spendRequest();
    return filters;
  }

  /** Takes its turn among the stored queries of this connection. */
  async #read(exchange: Exchange, filters: readonly Filter[]): Promise<void> {
    const { turns } = this.session;
    await turns.acquire(exchange.signal);
    try {
      await exchange.read(filters);
    } finally {
      turns.release();
    }
  }

  async #answer(exchange: Exchange, message: Uint8Array): Promise<string> {
    const { client, services: { rules } } = this.session;
    const answer = await exchange.answer(message);
    rules.reader(client); // who was a member when it began may be one no more
    exchange.expectMessage(() => {
      this.#end(exchange);
      this.tell(negErr(exchange.id, "closed: you took too long to answer"));
    });
    return negMsg(exchange.id, toHex(answer));
  }

  #refuse(id: string, exchange: Exchange | undefined, error: unknown): string | undefined {
    const { observer } = this.session.services;
    if (exchange?.signal.aborted) return void observer.queryAborted("closed");
    if (exchange) this.#end(exchange);
    if (!(error instanceof Rejection)) {
      observer.failed("sync", error);
      return negErr(id, "error: the relay could not read its store; try again later");
    }
    observer.rejected(error.prefix);
    return negErr(id, error.reason, error instanceof TooManyRecords ? error.most : undefined);
  }

  #end(exchange: Exchange): void {
    exchange[Symbol.dispose]();
    if (this.#open.get(exchange.id) === exchange) this.#open.delete(exchange.id);
  }
}
