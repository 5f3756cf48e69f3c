/** Runs in a thread of the pool: the first call opens an engine, each later one checks records. */
import { serveCalls } from "../flow/worker_port.ts";
import { type Engine, type EngineChoice, openEngine } from "./engine.ts";

/** What checks: the choice of an engine is answered with its name, records with a byte for each. */
export type WorkerRequest = EngineChoice | Uint8Array;
export type WorkerAnswer = string | Uint8Array;

let engine: Engine;

// Answers are so small that copying costs less than transferring.
serveCalls<WorkerRequest, WorkerAnswer>((request) => {
  if (typeof request !== "string") return engine.check(request);
  engine = openEngine(request).engine;
  return engine.name;
});
