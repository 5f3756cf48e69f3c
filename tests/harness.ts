/**
 * One `test` for both runtimes: Deno's own runner (with its leak sanitizers) or `bun test`.
 * Everything else in a test comes from `node:assert/strict`, which both have.
 */

type Body = () => void | Promise<void>;

export interface Test {
  (rule: string, body: Body): void;
  /** A test that this machine cannot run; the runner counts it as skipped and prints the reason. */
  skip(rule: string, reason: string): void;
}

/** Registers a test. Time limit on both runtimes: 60 s. */
export const test: Test = "Deno" in globalThis ? onDeno() : await onBun();

function onDeno(): Test {
  const register = (rule: string, body: Body) => Deno.test(rule, body);
  return Object.assign(register, {
    skip: (rule: string, reason: string) => Deno.test.ignore(`${rule} [skipped: ${reason}]`, () => {}),
  });
}

async function onBun(): Promise<Test> {
  const name = "bun:test"; // a variable, so that Deno's type checker does not look for the module
  const bun = await import(name);
  const register = (rule: string, body: Body) => bun.test(rule, body, 60_000);
  return Object.assign(register, {
    skip: (rule: string, reason: string) => bun.test.skip(`${rule} [skipped: ${reason}]`, () => {}),
  });
}
