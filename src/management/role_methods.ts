import type { RecordChange } from "../storage/records.ts";
import { gone, LIST, type Lists, put, type Role } from "./lists.ts";
import type { Members } from "./members.ts";
import type { Method } from "./methods.ts";
import { CallError, type Parameters } from "./parameters.ts";

/** NIP-86's methods about roles, which NIP-43 publishes. */
export function roleMethods(
  lists: Lists,
  members: Members,
  change: (decide: () => readonly RecordChange[]) => Promise<true>,
): Record<string, Method> {
  const id = (params: Parameters) => params.name(0, "a role's id");
  const mustExist = (role: string) => {
    if (!lists.roles.has(role)) throw new CallError(`there is no role ${role}`);
  };
  /** Gives a member these roles of those that they have now. */
  const giving = (pubkey: string, choose: (roles: readonly string[]) => readonly string[]) => () => {
    const roles = members.all.get(pubkey);
    if (!roles) throw new CallError("this public key is no member");
    const entry = lists.allowedPubkeys.get(pubkey) ?? { reason: "" };
    return [put(LIST.allowedPubkeys, pubkey, { ...entry, roles: choose(roles) })];
  };
  return {
    createrole: (params) =>
      change(() => {
        if (lists.roles.has(id(params))) {
          throw new CallError(`role ${id(params)} exists; editrole changes it`);
        }
        return [put(LIST.roles, id(params), readRole(params))];
      }),
    editrole: (params) =>
      change(() => {
        mustExist(id(params));
        return [put(LIST.roles, id(params), readRole(params))];
      }),
    deleterole: (params) =>
      change(() => {
        const role = id(params);
        const holders = [...lists.allowedPubkeys].filter(([, { roles }]) => roles?.includes(role));
        return [
          gone(LIST.roles, role),
          ...holders.map(([pubkey, entry]) =>
            put(LIST.allowedPubkeys, pubkey, { ...entry, roles: without(entry.roles!, role) })
          ),
        ];
      }),
    assignrole: (params) =>
      change(() => {
        const [pubkey, role] = [params.hex(0, "a public key"), params.name(1, "a role's id")];
        mustExist(role);
        return giving(pubkey, (roles) => [...without(roles, role), role])();
      }),
    unassignrole: (params) => {
      const [pubkey, role] = [params.hex(0, "a public key"), params.name(1, "a role's id")];
      return change(giving(pubkey, (roles) => without(roles, role)));
    },
  };
}

const without = (roles: readonly string[], role: string) => roles.filter((other) => other !== role);

function readRole(params: Parameters): Role {
  return {
    label: params.optional(1, () => params.text(1, "a label", 100)),
    description: params.optional(2, () => params.text(2, "a description", 1_000)),
    color: params.optional(3, () => params.whole(3, "a hue", 360)),
    order: params.optional(4, () => params.whole(4, "an order", 1_000_000)),
  };
}
