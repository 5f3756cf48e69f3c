import { BIP340_VECTORS } from "./bip340_vectors.ts";
import type { Engine } from "./engine.ts";
import { records } from "./record.ts";

/** Whether an engine judges every vector of BIP-340 as BIP-340 does. */
export function passesSelfTest(engine: Pick<Engine, "check">): boolean {
  const vectors = BIP340_VECTORS.map(({ pubkey, message, sig }) => ({ pubkey, id: message, sig }));
  const right = engine.check(records(vectors));
  return BIP340_VECTORS.every((vector, at) => (right[at] === 1) === vector.right);
}
