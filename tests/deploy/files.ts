import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { root } from "../fixtures/process.ts";

/** The text of a file, by its path in the repository. */
export const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** The path of a program that not every machine has; undefined when this one has not. */
export function program(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
  return folders.map((folder) => join(folder, name)).find(existsSync);
}

/** Replaces each pattern, which must be there: a test of a file that has changed should say so. */
export function replaced(
  text: string,
  ...pairs: readonly (readonly [pattern: RegExp, by: string])[]
): string {
  return pairs.reduce((before, [pattern, by]) => {
    if (!new RegExp(pattern, pattern.flags.replace("g", "")).test(before)) {
      throw new Error(`no ${pattern} in the file`);
    }
    return before.replace(pattern, by);
  }, text);
}

/** Runs a program that ends by itself. */
export function run(
  command: string,
  args: readonly string[],
  directory?: string,
): { code: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: directory, encoding: "utf8" });
  return { code: status, said: `${stdout}${stderr}` };
}
