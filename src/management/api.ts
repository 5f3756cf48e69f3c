import { Semaphore } from "../flow/semaphore.ts";
import { StorageError } from "../storage/repository.ts";
import { BodyError, readBody } from "./body.ts";
import { type HttpAuth, Unauthorized } from "./http_auth.ts";
import type { Methods } from "./methods.ts";
import { CallError, Parameters } from "./parameters.ts";
import type { Rates } from "./rates.ts";

/** A call is some hundred bytes; a description may have ten thousand. */
const BODY = { bytes: 65_536, milliseconds: 10_000 };

/** Calls under way at once, bodies that are still coming among them. */
const MAX_CALLS = 16;

/** For the operator's log: who has asked for what, and what came of it. */
export interface AuditEntry {
  readonly operator: string;
  readonly address: string;
  readonly method: string;
  readonly params: readonly unknown[];
  /** "done", or why not. */
  readonly outcome: string;
}

export interface ManagementOptions {
  readonly auth: HttpAuth;
  readonly methods: Methods;
  /** Public keys that may call. */
  readonly operators: ReadonlySet<string>;
  readonly rates: Rates;
  /** Whether an address is this machine's own. */
  readonly isLocal: (address: string) => boolean;
  readonly audit: (entry: AuditEntry) => void;
  /** Told of what is the relay's own fault. */
  readonly failed: (error: unknown) => void;
}

/** What a call is refused with before it is looked into. */
class Refusal extends Error {
  constructor(readonly status: number, message: string, readonly headers: Record<string, string> = {}) {
    super(message);
  }
}

/** Answers calls (NIP-86). `address` is the client's. */
export type Management = (request: Request, address: string) => Promise<Response>;

/**
 * Who has not signed the call right gets 401; who has, but is no operator, 403. A call that is understood gets
 * 200, with a result or an error.
 */
export function createManagement(options: ManagementOptions): Management {
  const calls = new Semaphore(MAX_CALLS);
  return async (request, address) => {
    const wait = options.rates.take(address);
    if (wait > 0) return refused(429, "too many calls", { "retry-after": String(Math.ceil(wait)) });
    if (!calls.tryAcquire()) return refused(503, "too many calls at once", { "retry-after": "1" });
    try {
      return await answer(options, request, address);
    } catch (error) {
      if (error instanceof Refusal) return refused(error.status, error.message, error.headers);
      options.failed(error);
      return refused(error instanceof StorageError ? 503 : 500, explain(error));
    } finally {
      calls.release();
    }
  };
}

async function answer(options: ManagementOptions, request: Request, address: string): Promise<Response> {
  const { text, operator } = await authorized(options, request, address);
  const { method, params } = readCall(text);
  const { outcome, ...body } = await carryOut(options, method, params);
  options.audit({ operator, address, method, params, outcome });
  return response(200, body);
}

async function authorized(
  { auth, operators, isLocal }: ManagementOptions,
  request: Request,
  address: string,
) {
  try {
    const { method, url, headers } = request;
    const authorization = headers.get("authorization");
    const event = await auth.prove({ method, url: new URL(url), authorization, isLocal: isLocal(address) });
    if (!operators.has(event.pubkey)) throw new Refusal(403, "this public key may not manage the relay");
    await auth.spend(event);
    const body = await readBody(request, BODY);
    auth.mustCover(event, body);
    return { text: new TextDecoder().decode(body), operator: event.pubkey };
  } catch (error) {
    if (error instanceof Unauthorized) throw new Refusal(401, error.message, { "www-authenticate": "Nostr" });
    if (error instanceof BodyError) throw new Refusal(error.status, error.message, { connection: "close" });
    throw error;
  }
}

function readCall(text: string): { method: string; params: readonly unknown[] } {
  let call: { method?: unknown; params?: unknown } | null;
  try {
    call = JSON.parse(text);
  } catch {
    throw new Refusal(400, "the body is not JSON");
  }
  const { method, params = [] } = call ?? {};
  if (typeof method !== "string" || !Array.isArray(params)) {
    throw new Refusal(400, 'a call has a "method", a text, and "params", an array');
  }
  return { method, params };
}

interface Answer {
  readonly result: unknown;
  readonly error?: string;
  readonly outcome: string;
}

async function carryOut(
  { methods, failed }: ManagementOptions,
  name: string,
  params: readonly unknown[],
): Promise<Answer> {
  const method = methods.get(name);
  if (!method) return failure("there is no such method here; supportedmethods lists those that there are");
  try {
    return { result: await method(new Parameters(params)), outcome: "done" };
  } catch (error) {
    if (error instanceof CallError) return failure(error.message);
    failed(error);
    return failure(explain(error));
  }
}

function explain(error: unknown): string {
  const explanation = error instanceof StorageError ? error.explanation : undefined;
  return `${explanation ?? "the relay failed to carry out the call"}; try again later`;
}

const failure = (error: string): Answer => ({ result: null, error, outcome: error });

const refused = (status: number, error: string, headers: Record<string, string> = {}): Response =>
  response(status, { result: null, error }, headers);

const response = (status: number, body: object, headers: Record<string, string> = {}): Response =>
  Response.json(body, {
    status,
    headers: { ...headers, "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
  });
