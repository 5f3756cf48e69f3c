import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import type { Verifier } from "../crypto/verifier.ts";
import { type EncodedEvent, type NostrEvent, readEvent, tagValue } from "../protocol/event.ts";
import { isHex64 } from "../protocol/hex.ts";
import { HTTP_AUTH } from "../protocol/kind.ts";
import { Rejection } from "../protocol/reason.ts";
import type { SpentTokens } from "./spent_tokens.ts";

/** NIP-98's suggestion: seconds that created_at may be from the present, either way. */
const WINDOW_SECONDS = 60;

/** Characters of the header: many times what a token takes. */
const MAX_TOKEN = 8_192;

/** Names under which nobody but the machine itself is reached. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** A request as far as its token speaks of it. */
export interface SignedRequest {
  readonly method: string;
  /** As the client asked for it, so far as this side knows. */
  readonly url: URL;
  readonly authorization: string | null;
  /** Whether it comes from this machine. */
  readonly isLocal: boolean;
}

export interface HttpAuthOptions {
  readonly verifier: Verifier;
  readonly tokens: Pick<SpentTokens, "spend">;
  /** `info.relay_url`; unset: the host and path that were asked for, on whichever scheme, of loopback alone. */
  readonly relayUrl?: string | undefined;
  /** Unix time in seconds. */
  readonly now: () => number;
}

/** Why a request is not authorized, as a sentence for the client. */
export class Unauthorized extends Error {
  override readonly name = "Unauthorized";
}

/** NIP-98, as NIP-86 wants it: `u` is the relay's URL, and the hash of the body is required. */
export class HttpAuth {
  constructor(readonly options: HttpAuthOptions) {}

  /**
   * Answers the event by which somebody has signed this request. It is yet to be held against the body: strangers'
   * need not even be read.
   * @throws {Unauthorized} when there is none, or it is not right in every other way.
   */
  async prove(request: SignedRequest): Promise<NostrEvent> {
    this.#mustBeSafe(request);
    const encoded = readToken(request.authorization);
    const { event } = encoded;
    if (event.kind !== HTTP_AUTH) {
      throw new Unauthorized(`the event has kind ${event.kind}, not ${HTTP_AUTH}`);
    }
    const off = Math.abs(this.options.now() - event.created_at);
    if (off > WINDOW_SECONDS) {
      throw new Unauthorized(
        `created_at is ${off} s from the relay's clock; at most ${WINDOW_SECONDS} are accepted`,
      );
    }
    const url = tagValue(event, "u");
    if (url === undefined || !this.#isHere(url, request.url)) {
      throw new Unauthorized(
        `the u tag must be the relay's URL, ${this.options.relayUrl ?? request.url.href}`,
      );
    }
    if (tagValue(event, "method")?.toUpperCase() !== request.method) {
      throw new Unauthorized(`the method tag must be ${request.method}`);
    }
    if (!isHex64(tagValue(event, "payload"))) throw wrongPayload();
    if (!await this.options.verifier.verify(encoded)) {
      throw new Unauthorized("the signature does not match the id and the public key");
    }
    return event;
  }

  /**
   * Lets a token be used once. For tokens of those alone who may do something: strangers' would fill the store.
   * @throws {Unauthorized} when it was used before.
   * @throws {StorageError}
   */
  async spend({ id, created_at }: NostrEvent): Promise<void> {
    if (!await this.options.tokens.spend(id, created_at + WINDOW_SECONDS)) {
      throw new Unauthorized("this token was used before; sign another");
    }
  }

  /** @throws {Unauthorized} when the event was not made for this body. */
  mustCover(event: NostrEvent, body: Uint8Array): void {
    if (tagValue(event, "payload") !== hash("sha256", body)) throw wrongPayload();
  }

  /** Whoever got hold of a call to another relay could repeat it here under that one's name. */
  #mustBeSafe({ url, isLocal }: SignedRequest): void {
    if (this.options.relayUrl !== undefined || (isLocal && LOOPBACK.test(url.hostname))) return;
    throw new Unauthorized(
      "info.relay_url of the relay's configuration is unset: then calls are taken on its own machine alone, by " +
        "an address such as http://localhost",
    );
  }

  /** NIP-86 speaks of the relay's URL and NIP-98 of the request's: one differs from the other in its scheme alone. */
  #isHere(given: string, asked: URL): boolean {
    const { relayUrl } = this.options;
    const named = readUrl(given), own = readUrl(relayUrl ?? asked.href);
    if (!named || !own || named.place !== own.place || named.search !== asked.search) return false;
    return relayUrl === undefined || named.secure === own.secure;
  }
}

const wrongPayload = () => new Unauthorized("the payload tag must be the SHA-256 of the body, in hex");

function readToken(header: string | null): EncodedEvent {
  if (header === null) {
    throw new Unauthorized("an Authorization header with a Nostr token is needed (NIP-98)");
  }
  const [, token] = /^Nostr +([A-Za-z\d+/]+={0,2})$/i.exec(header.slice(0, MAX_TOKEN)) ?? [];
  if (token === undefined) {
    throw new Unauthorized('the Authorization header must be "Nostr" and an event in base64');
  }
  try {
    return readEvent(JSON.parse(Buffer.from(token, "base64").toString()));
  } catch (error) {
    const why = error instanceof Rejection ? error.sentence : "it is no JSON";
    throw new Unauthorized(`the token is not an event: ${why}`);
  }
}

interface ReadUrl {
  /** Host, port (unless it is the scheme's own) and path (a slash at its end does not count). */
  readonly place: string;
  readonly search: string;
  readonly secure: boolean;
}

function readUrl(text: string): ReadUrl | undefined {
  const url = URL.parse(text.replace(/^ws(?=s?:\/\/)/i, "http"));
  if (!url || !/^https?:$/.test(url.protocol) || url.hash || url.username || url.password) return undefined;
  const port = url.port === "80" || url.port === "443" ? "" : url.port; // a proxy may end TLS
  const path = url.pathname.endsWith("/") ? url.pathname.slice(0, -1) : url.pathname;
  return { place: `${url.hostname}:${port}${path}`, search: url.search, secure: url.protocol === "https:" };
}
