import type { Job, PhaseResult } from "./job.ts";
import { type Cpu, cpuOf, familyCpuOf, ownCpu, rssOf, writtenBy } from "./process.ts";

/** Takes the time and CPU time of a stretch of work, the relay's, its database server's and this process's own. */
export class Meter {
  readonly #cpu: Cpu | undefined;
  readonly #serverCpu: number | undefined;
  readonly #own = ownCpu();
  readonly #written: number | undefined;
  readonly #started = performance.now();

  constructor(readonly processes: Pick<Job, "pid" | "serverPid">) {
    const { pid, serverPid } = processes;
    this.#cpu = cpuOf(pid);
    this.#serverCpu = familyCpuOf(serverPid);
    this.#written = writtenBy(pid);
  }

  /** What was used, for each of `count` things, e.g. "event" or "REQ". */
  end(count: number, thing: string): Pick<PhaseResult, "values" | "threads"> & { seconds: number } {
    const seconds = (performance.now() - this.#started) / 1000;
    const { pid, serverPid } = this.processes;
    const cpu = cpuOf(pid), written = writtenBy(pid), rss = rssOf(pid), serverCpu = familyCpuOf(serverPid);
    const values: Record<string, number> = {};
    const threads: Record<string, number> = {};
    if (cpu && this.#cpu) {
      values[`CPU µs/${thing}`] = (cpu.total - this.#cpu.total) / count;
      for (const [name, used] of cpu.threads) {
        const each = (used - (this.#cpu.threads.get(name) ?? 0)) / count;
        if (each >= 0.05) threads[name] = each;
      }
    }
    if (serverCpu !== undefined && this.#serverCpu !== undefined) {
      values[`PostgreSQL's CPU µs/${thing}`] = (serverCpu - this.#serverCpu) / count;
    }
    if (written !== undefined && this.#written !== undefined && written > this.#written) {
      values[`written bytes/${thing}`] = (written - this.#written) / count;
    }
    if (rss !== undefined) values["RSS MB"] = rss;
    values[`generator CPU µs/${thing}`] = (ownCpu() - this.#own) / count;
    return { values, threads, seconds };
  }
}

/** Latencies in milliseconds. */
export class Latencies {
  #taken = new Float64Array(1024);
  #count = 0;

  add(milliseconds: number): void {
    if (this.#count === this.#taken.length) {
      const larger = new Float64Array(2 * this.#count);
      larger.set(this.#taken);
      this.#taken = larger;
    }
    this.#taken[this.#count++] = milliseconds;
  }

  /** The median and the 99th percentile. */
  values(name: string): Record<string, number> {
    const sorted = this.#taken.slice(0, this.#count).sort();
    const at = (share: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
    return { [`${name} p50 ms`]: at(0.5), [`${name} p99 ms`]: at(0.99) };
  }
}
