import assert from "node:assert/strict";
import fc from "fast-check";
import { Descriptors, type Peer } from "../../src/runtime/descriptors.ts";
import { test } from "../harness.ts";

const FAMILIES = { ipv4: 2, ipv6: 10 } as const;

/** A process's descriptors: addresses as `getpeername` writes them; none for what is no connection. */
class Table {
  readonly #addresses = new Map<number, Uint8Array>();
  looks = 0;

  open(descriptor: number, family: keyof typeof FAMILIES, host: readonly number[], port: number): this {
    const address = new Uint8Array(family === "ipv4" ? 16 : 28);
    address.set([FAMILIES[family], 0, port >> 8, port & 255]);
    address.set(host, family === "ipv4" ? 4 : 8);
    this.#addresses.set(descriptor, address);
    return this;
  }

  close(descriptor: number): void {
    this.#addresses.delete(descriptor);
  }

  /** The lowest number from here on that is free: what the next connection gets. */
  free(from: number): number {
    let descriptor = from;
    while (this.#addresses.has(descriptor)) descriptor++;
    return descriptor;
  }

  getpeername(descriptor: number, address: Uint8Array, length: Uint8Array): number {
    this.looks++;
    const known = this.#addresses.get(descriptor);
    if (!known) return -1;
    address.set(known.subarray(0, length[0]));
    length[0] = known.length;
    return 0;
  }
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 7];
const DOCUMENTATION = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

test("a connection's descriptor is the one whose other end has its address and its port", () => {
  const table = new Table()
    .open(7, "ipv4", [10, 0, 0, 7], 4_000)
    .open(8, "ipv4", [10, 0, 0, 8], 4_000)
    .open(9, "ipv4", [10, 0, 0, 8], 4_001)
    .open(10, "ipv6", MAPPED, 4_000)
    .open(11, "ipv6", DOCUMENTATION, 4_000);
  const peers: [hostname: string, port: number, descriptor: number | undefined][] = [
    ["10.0.0.8", 4_001, 9],
    ["2001:db8::1", 4_000, 11],
    ["10.0.0.8", 4_000, 8],
    ["::ffff:10.0.0.7", 4_000, 10],
    ["10.0.0.7", 4_000, 7],
    ["10.0.0.7", 4_001, undefined],
    ["2001:db8::2", 4_000, undefined],
    ["not an address", 4_000, undefined],
  ];
  const descriptors = new Descriptors(table);
  for (const [hostname, port, expected] of peers) {
    assert.equal(descriptors.take({ hostname, port }), expected, `${hostname} ${port}`);
  }
});

test("a descriptor that is taken is nobody else's until it is given back", () => {
  const table = new Table().open(7, "ipv4", [10, 0, 0, 7], 4_000).open(8, "ipv4", [10, 0, 0, 8], 4_000);
  const peer = { hostname: "10.0.0.7", port: 4_000 }, other = { hostname: "10.0.0.8", port: 4_000 };
  for (const first of [peer, other]) { // by which 7 is come by before it is asked for
    const descriptors = new Descriptors(table);
    descriptors.take(first);
    if (first === other) assert.equal(descriptors.take(peer), 7);
    assert.equal(descriptors.take(peer), undefined);
    descriptors.giveBack(7);
    assert.equal(descriptors.take(peer), 7);
  }
});

test("a connection that is not found costs some thousand looks, no more", () => {
  const table = new Table(), descriptors = new Descriptors(table);
  for (let n = 0; n < 20_000; n++) table.open(40 + n, "ipv4", [10, 0, 0, 1], 1_024 + n);
  assert.equal(descriptors.take({ hostname: "10.0.0.7", port: 1 }), undefined);
  assert.ok(table.looks < 5_000, `${table.looks}`);
});

test("of thousands who come at once each is found, in whatever order, for a look or two each", () => {
  const table = new Table(), descriptors = new Descriptors(table), clients = 3_000;
  for (let n = 0; n < clients; n++) table.open(40 + n, "ipv4", [10, 0, 0, n % 3], 1_024 + n % 1_000);
  for (let n = 0; n < clients; n++) {
    const client = n * 1_009 % clients;
    const peer = { hostname: `10.0.0.${client % 3}`, port: 1_024 + client % 1_000 };
    assert.equal(descriptors.take(peer), 40 + client);
  }
  assert.ok(table.looks < 6 * clients, `${table.looks}`);
});

test("who came by and left is forgotten", () => {
  const table = new Table(), descriptors = new Descriptors(table), nobody = { hostname: "10.0.0.9", port: 1 };
  for (let descriptor = 40; descriptor < 340; descriptor++) {
    table.open(descriptor, "ipv4", [10, 0, 0, 7], 4_000);
    assert.equal(descriptors.take(nobody), undefined);
    if (descriptor < 339) table.close(descriptor);
  }
  table.looks = 0;
  assert.equal(descriptors.take({ hostname: "10.0.0.7", port: 4_000 }), 339);
  assert.ok(table.looks < 10, `${table.looks}`);
});

test("others who keep a connection, and ask for no socket, hide nobody", () => {
  const table = new Table(), descriptors = new Descriptors(table);
  for (let n = 0; n < 2_000; n++) table.open(40 + n, "ipv4", [10, 0, 0, 1], 1_024 + n);
  for (let n = 0; n < 50; n++) {
    table.open(2_040 + n, "ipv4", [10, 0, 0, 2], 60_000 + n);
    assert.equal(descriptors.take({ hostname: "10.0.0.2", port: 60_000 + n }), 2_040 + n);
  }
  assert.ok(table.looks < 3_000, `${table.looks}`);
});

test("however clients come and go, each one's descriptor is found, soon", () =>
  fc.assert(
    fc.property(
      fc.nat(60),
      fc.array(fc.record({ come: fc.nat(40), go: fc.array(fc.nat()) }), { maxLength: 20 }),
      (others, steps) => {
        const table = new Table(), descriptors = new Descriptors(table);
        const clients: { peer: Peer; descriptor: number }[] = [];
        let port = 1_024;
        for (const { come, go } of steps) {
          const coming = Array.from({ length: come }, () => {
            const descriptor = table.free(others);
            table.open(descriptor, "ipv4", [127, 0, 0, 1], ++port);
            return { peer: { hostname: "127.0.0.1", port }, descriptor };
          });
          for (const client of coming) assert.equal(descriptors.take(client.peer), client.descriptor);
          clients.push(...coming);
          for (const at of go) {
            const [client] = clients.splice(at % (clients.length || 1), 1);
            if (!client) continue;
            descriptors.giveBack(client.descriptor);
            table.close(client.descriptor);
          }
        }
      },
    ),
  ));
