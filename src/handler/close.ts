import type { Session } from "./session.ts";

/** CLOSE (NIP-01): ends a subscription and its running query. An unknown id is nobody's mistake worth an answer. */
export function handleClose(session: Session, id: string): string[] {
  session.close(id);
  return [];
}
