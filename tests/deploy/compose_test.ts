import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "../fixtures/process.ts";
import { test } from "../harness.ts";
import { read } from "./files.ts";

/** What the tests look at of the compose specification. */
interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

const text = read("deploy/compose.yaml");
const compose = parse(text);
const services: Record<string, Service> = compose.services;

test("compose: every file, volume, network and service that is named is there", () => {
  for (const [name, { build, volumes = [], networks, depends_on = {} }] of Object.entries(services)) {
    if (build) assert.ok(existsSync(join(root, "deploy", build.context, build.dockerfile)), name);
    for (const volume of volumes) {
      const [source = ""] = volume.split(":");
      const isThere = source.startsWith(".")
        ? existsSync(join(root, "deploy", source))
        : source in compose.volumes;
      assert.ok(isThere, volume);
    }
    for (const network of networks) assert.ok(network in compose.networks, network);
    for (const [other, { condition }] of Object.entries(depends_on)) {
      assert.ok(services[other]?.healthcheck, other);
      assert.equal(condition, "service_healthy");
    }
  }
});

test("compose: nginx can reach the relays, they the database, and nobody else either", () => {
  assert.ok(services.nginx!.networks.some((network) => services.relay!.networks.includes(network)));
  assert.ok(services.relay!.networks.some((network) => services.postgres!.networks.includes(network)));
  assert.ok(services.postgres!.networks.every((network) => !services.nginx!.networks.includes(network)));
  assert.deepEqual(Object.keys(services).filter((name) => services[name]!.ports), ["nginx"]);
});

test("compose: the relay and the database agree on names", () => {
  const { PGHOST, PGDATABASE, PGUSER, PGPASSWORD } = services.relay!.environment!;
  const { POSTGRES_DB, POSTGRES_USER, POSTGRES_PASSWORD } = services.postgres!.environment!;
  assert.deepEqual([PGDATABASE, PGUSER, PGPASSWORD], [POSTGRES_DB, POSTGRES_USER, POSTGRES_PASSWORD]);
  assert.ok(PGHOST! in services);
});

test("compose: no secret is in the file, and the example of .env has every variable", () => {
  const secrets = Object.values(services).flatMap(({ environment = {} }) =>
    Object.entries(environment).filter(([name]) => /PASSWORD|SECRET|CONNECTION/.test(name))
  );
  assert.ok(secrets.length > 0);
  for (const [name, value] of secrets) assert.match(value, /^\$\{\w+:\?.+\}$/, name);
  const wanted = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name!));
  const given = [...read("deploy/.env.example").matchAll(/^(\w+)=/gm)].map(([, name]) => name!);
  assert.deepEqual(given.sort(), [...wanted].sort());
});

test("compose: images that are not built here are pinned to a release", () => {
  for (const { image, build } of Object.values(services)) if (!build) assert.match(image, /:\d+\.\d+/);
});
