/** What the load generator's process is told to do, as JSON in its only argument. */
export interface Job {
  readonly phase: string;
  readonly url: string;
  /** The relay's process, to measure. */
  readonly pid?: number;
  /** The database server's, whose children serve. */
  readonly serverPid?: number;
  readonly corpus: string;
  /** Events of the corpus that the relay has had, and how many it is to be given now. */
  readonly from: number;
  readonly events: number;
  /** Seconds that phases without a number of events take. */
  readonly seconds: number;
  /** The relay has had nothing but this corpus, so that answers can be checked against it. */
  readonly fresh: boolean;
  readonly connections: number;
  readonly subscriptions: number;
}

/** What one phase measured; the names of values carry their units. */
export interface PhaseResult {
  readonly phase: string;
  readonly values: Record<string, number>;
  /** CPU µs for each thing, by name of the relay's thread. */
  readonly threads?: Record<string, number>;
}

/** What the process prints last. */
export type Report = { readonly results: readonly PhaseResult[] } | { readonly failure: string };
