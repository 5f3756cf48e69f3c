import { WorkerPort } from "../flow/worker_port.ts";
import type { NostrEvent } from "../protocol/event.ts";
import type { EngineChoice } from "./engine.ts";
import { records } from "./record.ts";
import type { WorkerAnswer, WorkerRequest } from "./verifier_worker.ts";

type Port = WorkerPort<WorkerRequest, WorkerAnswer>;

/** A worker that checks signatures. It starts when first needed, and anew after a failure. */
export class Thread {
  #port: Port | undefined;
  #engineName: Promise<string> | undefined;
  #underWay = 0;

  constructor(readonly choice: EngineChoice, readonly script: URL) {}

  /** Batches that it has not answered yet. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Resolves with the engine's name; rejects when there is no worker or no engine. */
  start(): Promise<string> {
    this.#port ??= new WorkerPort(this.script, "verifier");
    return this.#engineName ??= this.#port.call(this.choice) as Promise<string>;
  }

  /** Rejects when the worker fails; what comes next has a new one. */
  async check(events: readonly NostrEvent[]): Promise<boolean[]> {
    this.#underWay++;
    let port: Port | undefined;
    try {
      const started = this.start();
      port = this.#port!;
      await started;
      const batch = records(events);
      const right = await port.call(batch, [batch.buffer]) as Uint8Array;
      return Array.from(right, (byte) => byte === 1);
    } catch (error) {
      if (port === this.#port) this.stop();
      throw error;
    } finally {
      this.#underWay--;
    }
  }

  /** Ends the worker at once; what it has not answered rejects. */
  stop(): void {
    this.#port?.terminate();
    this.#port = this.#engineName = undefined;
  }
}
