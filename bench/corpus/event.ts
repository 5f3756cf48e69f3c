import { hash } from "node:crypto";
import type { Author } from "./signer.ts";

/** What an author signs. */
export interface Draft {
  readonly kind: number;
  readonly created_at: number;
  readonly tags: readonly (readonly string[])[];
  readonly content: string;
}

/** An event that later ones may refer to. */
export interface Made {
  readonly id: string;
  readonly pubkey: string;
  readonly json: string;
}

/** Signs a draft. The JSON has NIP-01's fields in their order, so that id and pubkey are at fixed places. */
export function finish(author: Author, { kind, created_at, tags, content }: Draft): Made {
  const { pubkey } = author;
  const tagList = JSON.stringify(tags), text = JSON.stringify(content);
  const id = hash("sha256", `[0,"${pubkey}",${created_at},${kind},${tagList},${text}]`);
  const json = `{"id":"${id}","pubkey":"${pubkey}","created_at":${created_at},"kind":${kind},` +
    `"tags":${tagList},"content":${text},"sig":"${author.sign(id)}"}`;
  return { id, pubkey, json };
}
