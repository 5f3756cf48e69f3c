/**
 * A verifier's thread for tests of the pool. It calls every signature right, but for a batch whose first
 * one begins with a byte that asks for a failure.
 */
import process from "node:process";
import { RECORD_BYTES, SIG } from "../../src/crypto/record.ts";
import { FAILURES } from "./failures.ts";

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<string | Uint8Array>) => void;
  postMessage(message: unknown): void;
};

scope.onmessage = ({ data }) => {
  if (typeof data === "string") return scope.postMessage("test engine");
  switch (data[SIG]) {
    case FAILURES.refuses:
      return scope.postMessage({ failure: "cannot check this", name: "TypeError" });
    case FAILURES.dies:
      throw new Error("a bug in the worker");
    case FAILURES.exits:
      return process.exit(1);
    case FAILURES.hangs:
      return;
  }
  scope.postMessage(new Uint8Array(data.length / RECORD_BYTES).fill(1));
};
