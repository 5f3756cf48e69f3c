import { Buffer } from "node:buffer";
import { lookup } from "node:dns/promises";
import { request } from "node:https";
import { unlessAborted } from "../flow/unless_aborted.ts";

/** A file on a server whose address is settled. */
export interface Target {
  readonly domain: string;
  /** The IP address to connect to; the server must still prove by its certificate that it is the domain's. */
  readonly address: string;
  readonly path: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The network, as far as identifiers need it. */
export interface Web {
  /** All IP addresses of a domain. */
  resolve(domain: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Follows no redirect. @throws when the body is longer than `mostBytes`. */
  get(target: Target, mostBytes: number, signal: AbortSignal): Promise<Answer>;
}

export interface WebOptions {
  /** Default 443. */
  readonly port?: number;
  /** Certificates to trust in place of the system's, as PEM. */
  readonly ca?: string;
}

/**
 * The real one, on both runtimes by Node's modules: their `fetch` resolves a name by itself, and might connect to
 * another address than was checked. The system's resolver cannot be interrupted: what it finds too late is dropped.
 */
export function createWeb({ port = 443, ca }: WebOptions = {}): Web {
  return {
    async resolve(domain, signal) {
      const found = await unlessAborted(lookup(domain, { all: true }), signal);
      return found.map(({ address }) => address);
    },
    get({ domain, address, path }, mostBytes, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      const headers = { host: domain, accept: "application/json", "accept-encoding": "identity" };
      const asking = request(
        { host: address, port, ca, servername: domain, path, headers, signal, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          let size = 0;
          response.on("data", (chunk: Buffer) => {
            size += chunk.length;
            if (size > mostBytes) asking.destroy(new Error(`the answer is longer than ${mostBytes} bytes`));
            else chunks.push(chunk);
          });
          response.on(
            "end",
            () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
          );
          response.on("error", reject);
          response.on("close", () => reject(new Error("the answer was cut off")));
        },
      );
      asking.on("error", reject);
      asking.end();
      return promise;
    },
  };
}
