import { cpus, release, totalmem } from "node:os";

/** Where and on what a run was made. */
export interface Machine {
  readonly date: string;
  readonly commit: string;
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGB: number;
  readonly system: string;
  readonly versions: Readonly<Record<string, string>>;
}

export function describeMachine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 16) + "Z",
    commit: firstLine("git", "rev-parse", "--short", "HEAD") +
      (firstLine("git", "status", "--porcelain", "src") ? " with changes" : ""),
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    memoryGB: Math.round(totalmem() / 2 ** 30),
    system: `${Deno.build.os} ${release().split("-")[0]} ${Deno.build.arch}`,
    versions: { deno: Deno.version.deno, bun: firstLine("bun", "--version") },
  };
}

function firstLine(command: string, ...args: string[]): string {
  try {
    const { stdout } = new Deno.Command(command, { args, stderr: "null" }).outputSync();
    return new TextDecoder().decode(stdout).split("\n")[0]!;
  } catch {
    return "";
  }
}
