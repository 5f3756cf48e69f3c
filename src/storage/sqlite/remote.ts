import { serveCalls, WorkerPort } from "../../flow/worker_port.ts";
import { StorageError } from "../repository.ts";

/** An object whose methods run on a worker thread. */
type Methods = Record<string, (...given: never[]) => unknown>;

type Call = readonly [name: string, ...given: unknown[]];

/** The main isolate's side of an object that lives on a worker thread; what fails there is a StorageError here. */
export class Remote<Target extends Methods> {
  readonly #port: WorkerPort<Call, unknown>;

  constructor(script: URL, name: string) {
    this.#port = new WorkerPort(script, name);
  }

  /** Calls without an answer yet. */
  get depth(): number {
    return this.#port.depth;
  }

  call<Name extends keyof Target & string>(
    name: Name,
    ...given: Parameters<Target[Name]>
  ): Promise<ReturnType<Target[Name]>> {
    return this.#port.call([name, ...given]).catch(fail) as Promise<ReturnType<Target[Name]>>;
  }

  terminate(): void {
    this.#port.terminate();
  }
}

function fail(error: Error): never {
  throw new StorageError(error.message, { cause: error });
}

/**
 * Runs in the worker: answers each call with what the target's method of that name gives. While it runs, the method
 * may name buffers of its answer that move rather than copy.
 */
export function serve(target: object): { move(...buffers: ArrayBuffer[]): void } {
  const moving: ArrayBuffer[] = [];
  serveCalls<Call, unknown>(
    ([name, ...given]) => (target as Methods)[name]!(...given as never[]),
    () => moving.splice(0),
  );
  return { move: (...buffers) => void moving.push(...buffers) };
}
