import { chmodSync, lstatSync, rmSync } from "node:fs";
import { connect } from "node:net";
import type { Listen } from "./listener.ts";

/**
 * Lets a server listen on Unix sockets with a mode of their own, and in place of one that a crash has left. Both
 * runtimes remove a socket when they stop.
 * @param mode As of a file, e.g. 0o660: who may write may connect.
 */
export function withUnixSockets(listen: Listen, mode: number): Listen {
  return async (options) => {
    const { place } = options;
    if (!("path" in place)) return await listen(options);
    await makeRoom(place.path);
    const listening = await listen(options);
    try {
      chmodSync(place.path, mode);
      return listening;
    } catch (error) {
      await listening.stop();
      throw error;
    }
  };
}

/** Removes a socket on which nobody listens any more. @throws {Error} when somebody does, or it is no socket. */
async function makeRoom(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw new Error("there is a file, which is no socket");
  if (await hasListener(path)) throw new Error("another process listens there");
  rmSync(path);
}

function hasListener(path: string): Promise<boolean> {
  const socket = connect(path);
  return new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    // Any other error, such as a full backlog or no permission, does not say that nobody is there.
    socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code !== "ECONNREFUSED"));
  }).finally(() => socket.destroy());
}
