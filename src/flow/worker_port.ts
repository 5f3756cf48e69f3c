/**
 * Calls to one worker thread, answered in the order they were made.
 *
 * The worker side is `serveCalls` below. A call that throws there rejects here with the same message
 * and name; a worker that dies rejects every open call and all later ones.
 */
export class WorkerPort<Request, Answer> {
  readonly #worker: Worker;
  readonly #open: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  #broken: Error | undefined;

  /** @param script `new URL("./x_worker.ts", import.meta.url)`, spelt out at the caller so that bundlers see it. */
  constructor(script: URL | string, name: string) {
    this.#worker = new Worker(script, { type: "module", name });
    this.#worker.onmessage = ({ data }: MessageEvent<Reply<Answer>>) => {
      const call = this.#open.shift();
      if (isFailure(data)) call?.reject(Object.assign(new Error(data.failure), { name: data.name }));
      else call?.resolve(data);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#break(new Error(`worker ${name} failed: ${event.message}`));
    };
    // Bun only: a worker that exits by itself raises no error.
    this.#worker.addEventListener("close", () => this.#break(new Error(`worker ${name} exited`)));
  }

  /** Calls that the worker has not answered yet. */
  get depth(): number {
    return this.#open.length;
  }

  call(request: Request, transfer: Transferable[] = []): Promise<Answer> {
    if (this.#broken) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#worker.postMessage(request, transfer); // throws for what can't be cloned; nothing is open then
      this.#open.push({ resolve, reject });
    });
  }

  /** Ends the thread at once; open calls reject. */
  terminate(): void {
    this.#worker.terminate();
    this.#break(new Error("the worker was stopped"));
  }

  #break(error: Error): void {
    this.#broken ??= error;
    for (const { reject } of this.#open.splice(0)) reject(error);
  }
}

/**
 * An answer goes without a wrapping: Bun copies a flat array of strings and numbers to another thread at a fifth of what
 * an object that holds it costs. So an answer must not be an object with a `failure` itself.
 */
type Reply<Answer> = Answer | Failure;

interface Failure {
  readonly failure: string;
  readonly name: string;
}

function isFailure(reply: unknown): reply is Failure {
  return typeof reply === "object" && reply !== null && "failure" in reply;
}

/** What a worker script's global scope offers; named here because the main thread's types lack it. */
interface WorkerScope {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown, transfer: Transferable[]): void;
}

/**
 * Runs in the worker: answers each call with what `handle` gives.
 * @param transfers Names the buffers of an answer that move rather than copy.
 */
export function serveCalls<Request, Answer>(
  handle: (request: Request) => Answer,
  transfers: (answer: Answer) => Transferable[] = () => [],
): void {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = ({ data }: MessageEvent<Request>) => {
    try {
      const answer = handle(data);
      scope.postMessage(answer, transfers(answer));
    } catch (error) {
      const { message, name } = error as Error;
      scope.postMessage({ failure: message, name }, []);
    }
  };
}
