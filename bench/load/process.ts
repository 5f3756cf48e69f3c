import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

/** Linux counts CPU time in ticks of 10 ms (USER_HZ). */
const TICK = 10_000;

/** CPU time so far, in µs. */
export interface Cpu {
  readonly total: number;
  /** By name of thread; what threads that have ended used is in `total` only. */
  readonly threads: ReadonlyMap<string, number>;
}

/** The CPU time that a process has used, or undefined when it can't be known. */
export function cpuOf(pid: number | undefined): Cpu | undefined {
  if (pid === undefined) return undefined;
  try {
    const threads = new Map<string, number>();
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const thread = threadStat(pid, task);
      if (!thread) continue;
      const key = task === `${pid}` ? "main" : thread.name;
      threads.set(key, (threads.get(key) ?? 0) + thread.used);
    }
    return { total: readStat(`/proc/${pid}/stat`).used, threads };
  } catch {
    return undefined;
  }
}

/** The CPU time in µs that a process and its children have used, those that have ended included. */
export function familyCpuOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    const { used, reaped } = readStat(`/proc/${pid}/stat`);
    return children.reduce((sum, child) => sum + (familyCpuOf(Number(child)) ?? 0), used + reaped);
  } catch {
    return undefined;
  }
}

/** Undefined for a thread that has ended since it was listed, as the runtimes' helpers do. */
function threadStat(pid: number, task: string): ReturnType<typeof readStat> | undefined {
  try {
    return readStat(`/proc/${pid}/task/${task}/stat`);
  } catch {
    return undefined;
  }
}

function readStat(path: string): { name: string; used: number; reaped: number } {
  const stat = readFileSync(path, "utf8");
  const end = stat.lastIndexOf(")");
  const [user, system, childrenUser, childrenSystem] = stat.slice(end + 2).split(" ").slice(11, 15).map(
    Number,
  );
  return {
    name: stat.slice(stat.indexOf("(") + 1, end),
    used: (user! + system!) * TICK,
    reaped: (childrenUser! + childrenSystem!) * TICK,
  };
}

/** Resident memory in MB. */
export function rssOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes && Number(kilobytes) / 1024 || undefined;
  } catch {
    return undefined;
  }
}

/** Bytes that a process has caused to be written to disk. */
export function writtenBy(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}

/** CPU time of this process in µs. */
export function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
