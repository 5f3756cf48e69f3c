import { Deadline } from "../flow/deadline.ts";
import { unlessAborted } from "../flow/unless_aborted.ts";

export interface BodyLimits {
  readonly bytes: number;
  readonly milliseconds: number;
}

/** What is wrong with a body, as the status that says so (RFC 9110): 408 for a slow one, 413 for a large one. */
export class BodyError extends Error {
  override readonly name = "BodyError";

  constructor(readonly status: 408 | 413, message: string) {
    super(message);
  }
}

/**
 * Reads a request's body within limits, however its client behaves.
 * @throws {BodyError} or what the connection failed with.
 */
export async function readBody(request: Request, limits: BodyLimits): Promise<Uint8Array> {
  const seconds = limits.milliseconds / 1000;
  using deadline = new Deadline(
    limits.milliseconds,
    () => new BodyError(408, `the body did not come within ${seconds} s`),
  );
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    while (reader) {
      const { done, value } = await unlessAborted(reader.read(), deadline.signal);
      if (done) break;
      length += value.length;
      if (length > limits.bytes) throw new BodyError(413, `the body is larger than ${limits.bytes} bytes`);
      chunks.push(value);
    }
  } catch (error) {
    void reader?.cancel().catch(() => {});
    throw error;
  }
  return joined(chunks, length);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
