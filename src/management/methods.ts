import type { RecordChange } from "../storage/records.ts";
import { CHANGEABLE, type Entry, gone, LIST, type Lists, put } from "./lists.ts";
import type { Members } from "./members.ts";
import { CallError, type Parameters } from "./parameters.ts";
import { roleMethods } from "./role_methods.ts";

/** What methods work on. */
export interface Managed {
  readonly lists: Lists;
  /** `authorization.pubkey_whitelist` */
  readonly pubkeyWhitelist: readonly string[];
  /** `limits.event_kind_allowlist` */
  readonly kindAllowlist: readonly number[];
  /** `limits.event_kind_blacklist` */
  readonly kindBlacklist: readonly number[];
  /** Whom limits count an address for, however it is written; undefined of what is none, and of loopback. */
  readonly partyOf: (ip: string) => string | undefined;
  /** NIP-43; undefined where the relay has no members, and so no roles. */
  readonly members: Members | undefined;
  /** Called after each change; what it does comes before the answer. */
  readonly changed: () => Promise<void>;
  /** Events that were reported and not yet decided on. */
  readonly reported: () => Promise<readonly { readonly id: string; readonly reason: string }[]>;
}

/** Carries out a method of NIP-86 and answers its result, JSON. @throws {CallError | StorageError} */
export type Method = (params: Parameters) => unknown;

/** The methods that work here, by name. */
export type Methods = ReadonlyMap<string, Method>;

/** NIP-86's methods. */
export function createMethods(managed: Managed): Methods {
  const { lists, pubkeyWhitelist, kindAllowlist, kindBlacklist, partyOf, reported, members, changed } =
    managed;
  const decide = async (decide: () => readonly RecordChange[]): Promise<true> => {
    await lists.book.change(decide);
    await changed();
    return true;
  };
  const change = (...changes: RecordChange[]) => decide(() => changes);
  const author = (params: Parameters) => params.hex(0, "a public key");
  const event = (params: Parameters) => params.hex(0, "an event's id");
  const entry = (kind: string, key: string, reason: string) => put(kind, key, { reason });
  const party = (params: Parameters) => {
    const ip = params.text(0, "an IP address", 100);
    const counted = partyOf(ip.replace(/\/64$/, ""));
    if (counted === undefined) {
      throw new CallError("parameter 1 must be an IP address, and not of loopback, where proxies are");
    }
    return { ip, counted };
  };
  const info = (name: typeof CHANGEABLE[number], value: string) =>
    change(value.trim() === "" ? gone(LIST.info, name) : put(LIST.info, name, value));

  const methods: Record<string, Method> = {
    supportedmethods: () => Object.keys(methods).filter((name) => name !== "supportedmethods"),

    banpubkey: (params) => change(entry(LIST.bannedPubkeys, author(params), params.reason(1))),
    unbanpubkey: (params) => change(gone(LIST.bannedPubkeys, author(params))),
    listbannedpubkeys: () => listed("pubkey", lists.bannedPubkeys),

    allowpubkey(params) {
      const pubkey = author(params), reason = params.reason(1);
      return decide(
        () => [put(LIST.allowedPubkeys, pubkey, { ...lists.allowedPubkeys.get(pubkey), reason })],
      );
    },
    unallowpubkey(params) {
      if (pubkeyWhitelist.includes(author(params))) {
        throw new CallError("authorization.pubkey_whitelist of the configuration allows this public key");
      }
      return change(gone(LIST.allowedPubkeys, author(params)));
    },
    listallowedpubkeys() {
      const configured: [string, Entry][] = pubkeyWhitelist.map((
        pubkey,
      ) => [pubkey, { reason: "configuration" }]);
      return listed("pubkey", new Map([...configured, ...lists.allowedPubkeys]));
    },

    listeventsneedingmoderation: () => reported(),
    allowevent: (params) =>
      change(
        entry(LIST.allowedEvents, event(params), params.reason(1)),
        gone(LIST.bannedEvents, event(params)),
      ),
    banevent: (params) =>
      change(
        entry(LIST.bannedEvents, event(params), params.reason(1)),
        gone(LIST.allowedEvents, event(params)),
      ),
    listbannedevents: () => listed("id", lists.bannedEvents),

    changerelayname: (params) => info("name", params.text(0, "a name", 100)),
    changerelaydescription: (params) => info("description", params.text(0, "a description", 10_000)),
    changerelayicon: (params) => info("icon", params.webUrl(0)),

    allowkind: (params) => change(put(LIST.kinds, String(params.kind(0)), true)),
    disallowkind: (params) => change(put(LIST.kinds, String(params.kind(0)), false)),
    listallowedkinds() {
      const kinds = new Set(kindAllowlist.filter((kind) => !kindBlacklist.includes(kind)));
      for (const [kind, accepted] of lists.settledKinds) {
        if (accepted) kinds.add(Number(kind));
        else kinds.delete(Number(kind));
      }
      return [...kinds].sort((a, b) => a - b);
    },

    ...members && roleMethods(lists, members, decide),

    blockip(params) {
      const { ip, counted } = party(params);
      return change(put(LIST.blockedAddresses, counted, { ip, reason: params.reason(1) }));
    },
    unblockip: (params) => change(gone(LIST.blockedAddresses, party(params).counted)),
    listblockedips: () => [...lists.blockedAddresses.values()].map(({ ip, reason }) => shown({ ip }, reason)),
  };
  return new Map(Object.entries(methods));
}

const listed = (name: "id" | "pubkey", entries: ReadonlyMap<string, Entry>): object[] =>
  [...entries].map(([key, { reason }]) => shown({ [name]: key }, reason));

/** The reason is optional. */
const shown = (what: object, reason: string): object => reason === "" ? what : { ...what, reason };
