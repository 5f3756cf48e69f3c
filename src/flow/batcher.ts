/**
 * Gathers single requests into batches without ever waiting for one to fill: while a batch is under
 * way, requests collect; when it ends, all of them (up to `most`) go as the next. Idle, a request is
 * a batch of one, so latency is not paid for throughput.
 */
export class Batcher<Request, Answer> {
  readonly #waiting: Waiting<Request, Answer>[] = [];
  #underWay = 0;

  /**
   * @param run Answers a batch, in its order. When it rejects, every request of the batch does.
   * @param most Most requests in a batch.
   * @param parallel Most batches under way at once, e.g. the number of workers behind `run`.
   */
  constructor(
    readonly run: (batch: Request[]) => Promise<Answer[]>,
    readonly most: number,
    readonly parallel = 1,
  ) {}

  /** Requests that wait for a batch to take them. */
  get depth(): number {
    return this.#waiting.length;
  }

  ask(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      // A microtask later, so that frames which arrived together leave together.
      if (this.#waiting.length === 1) queueMicrotask(() => this.#start());
    });
  }

  #start(): void {
    while (this.#underWay < this.parallel && this.#waiting.length > 0) {
      // An even share for each that is free, so that none idles while another has all.
      const share = Math.ceil(this.#waiting.length / (this.parallel - this.#underWay));
      this.#underWay++;
      void this.#answer(this.#waiting.splice(0, Math.min(this.most, share)));
    }
  }

  async #answer(batch: Waiting<Request, Answer>[]): Promise<void> {
    try {
      const answers = await this.run(batch.map(({ request }) => request));
      batch.forEach(({ resolve }, at) => resolve(answers[at]!));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#underWay--;
      this.#start();
    }
  }
}

interface Waiting<Request, Answer> {
  request: Request;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}
