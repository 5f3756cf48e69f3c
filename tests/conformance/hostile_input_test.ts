import assert from "node:assert/strict";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { startRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

/** Sends a text, and reads the answer that it must have. */
function ask(client: Client, text: string): Promise<unknown[]> {
  client.sendText(text);
  return client.next("OK", "EVENT", "EOSE", "COUNT", "CLOSED", "NOTICE");
}

const note = signedEvent({ content: "hello", tags: [["t", "x"]] });
const noteJson = JSON.stringify(note);

/** Every answer to hostile input: a refusal that names its prefix. */
const REFUSAL = /^(invalid|unsupported|blocked|rate-limited|restricted): ./;

/** What else has come that is no challenge. */
async function rest(client: Client): Promise<unknown[][]> {
  return (await client.drain()).filter(([verb]) => verb !== "AUTH");
}

test("JSON that breaks off at any place gets a NOTICE", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  const messages = [`["EVENT",${noteJson}]`, '["REQ","x",{"kinds":[1],"#t":["\\u0041"]}]', '["CLOSE","x"]'];
  for (const message of messages) {
    for (let length = 0; length < message.length; length++) {
      client.sendText(message.slice(0, length));
      const [verb, sentence] = await client.next("NOTICE", "OK", "CLOSED", "EOSE");
      assert.equal(verb, "NOTICE", message.slice(0, length));
      assert.match(sentence, /^invalid: /);
      if (length % 16 === 0) await client.drain(); // a readable message between, or the connection ends
    }
  }
});

const DEEP = 100_000;
const arrays = "[".repeat(DEEP) + "]".repeat(DEEP);
const objects = '{"a":'.repeat(DEEP / 2) + "1" + "}".repeat(DEEP / 2);

for (
  const [what, text, verb] of [
    ["arrays", arrays, "NOTICE"],
    ["arrays that never end", "[".repeat(2 * DEEP), "NOTICE"],
    ["objects", objects, "NOTICE"],
    ["objects that never end", '{"a":'.repeat(DEEP / 2), "NOTICE"],
    ["a verb", `[${arrays}]`, "NOTICE"],
    ["an event", `["EVENT",${arrays}]`, "NOTICE"],
    ["an event of objects", `["EVENT",${objects}]`, "NOTICE"],
    ["tags", `["EVENT",${noteJson.replace('["t","x"]', arrays)}]`, "OK"],
    ["a tag's value", `["EVENT",${noteJson.replace('"x"', objects)}]`, "OK"],
    ["content", `["EVENT",${noteJson.replace('"hello"', arrays)}]`, "OK"],
    ["an unknown field", `["EVENT",{"x":${arrays},${noteJson.slice(1)}]`, "OK"],
    ["a subscription id", `["REQ",${arrays},{}]`, "NOTICE"],
    ["a filter", `["REQ","deep",${arrays}]`, "CLOSED"],
    ["a filter's list", `["REQ","deep",{"ids":${arrays}}]`, "CLOSED"],
    ["a filter's number", `["REQ","deep",{"limit":${objects}}]`, "CLOSED"],
    ["an unknown key", `["REQ","deep",{"x":${objects}}]`, "CLOSED"],
    ["a filter to count", `["COUNT","deep",{"#t":${arrays}}]`, "CLOSED"],
    ["an id to close", `["CLOSE",${objects}]`, "NOTICE"],
    ["an authentication", `["AUTH",${arrays}]`, "NOTICE"],
    ["an authentication's tags", `["AUTH",${noteJson.replace('["t","x"]', arrays)}]`, "OK"],
  ] as const
) {
  test(`deep nesting in ${what} is refused and harms nobody`, async () => {
    await using relay = await startRelay();
    await using client = await Client.connect(relay.url);
    const answer = await ask(client, text);
    // JavaScriptCore refuses to parse what is too deep; then nobody is named to answer to.
    assert.ok([verb, "NOTICE"].includes(answer[0] as string), `${answer[0]}`);
    assert.match(answer.at(-1) as string, REFUSAL);
    assert.deepEqual(await rest(client), []);
    assert.deepEqual(await client.publish(note), [true, ""], "the connection lives");
  });
}

test("deep nesting in a repost's content is text as any other", async () => {
  await using relay = await startRelay("[limits]\nmax_event_bytes = 400000");
  await using client = await Client.connect(relay.url);
  for (const [n, nested] of [arrays, "[".repeat(DEEP), '{"tags":[["-"'.repeat(DEEP / 10)].entries()) {
    const event = signedEvent({ kind: 6, content: `{"-":"-","tags":${nested}}`, created_at: n });
    assert.deepEqual(await client.publish(event), [true, ""]);
  }
});

const INHERITED = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];

testOnEngines("names that every object inherits are tag names and values as any other", async ({ url }) => {
  await using client = await Client.connect(url);
  const tags = INHERITED.flatMap((name) => [[name, "x"], ["t", name], ["d", name], [name]]);
  const event = signedEvent({ kind: 30_000, tags });
  await client.request("live", { "#t": ["__proto__"] });
  assert.deepEqual(await client.publish(event), [true, ""]);
  assert.deepEqual(await client.next("EVENT"), ["EVENT", "live", event]);
  for (const name of INHERITED) assert.deepEqual(await client.request(name, { "#t": [name] }), [event]);
});

test("names that every object inherits are unknown filter keys", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (const name of [...INHERITED, ...INHERITED.map((name) => `#${name}`)]) {
    for (const verb of ["REQ", "COUNT"]) {
      const answer = await ask(client, `["${verb}","x",{"${name}":{"kinds":[1]}}]`);
      assert.deepEqual(answer.slice(0, 2), ["CLOSED", "x"]);
      assert.match(answer[2] as string, /^unsupported: /);
    }
  }
});

test("names that every object inherits are subscription ids, and no verbs", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (const name of INHERITED) {
    client.send("CLOSE", name);
    assert.deepEqual(await client.request(name, { limit: 0 }), []);
    const notice = await ask(client, `["${name}",{}]`);
    assert.match(notice[1] as string, /^unsupported: /);
  }
  await client.publish(note);
  const events = (await client.drain()).filter(([verb]) => verb === "EVENT");
  assert.deepEqual(events.map(([, id]) => id).sort(), INHERITED.toSorted());
});

test("an event's fields are its own: what __proto__ has is nobody's", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  const notice = await ask(client, `["EVENT",{"__proto__":${noteJson}}]`);
  assert.equal(notice[0], "NOTICE");
  client.sendText(`["EVENT",{"__proto__":{"sig":"x"},${noteJson.slice(1)}]`);
  assert.deepEqual(await client.next("OK"), ["OK", note.id, true, ""]);
});

for (
  const number of [
    "1e400",
    "-1e400",
    "9007199254740993",
    "1e300",
    "-1",
    "0.5",
    "1e-5",
    "18446744073709551616",
  ]
) {
  test(`the number ${number} is refused wherever a whole one belongs`, async () => {
    await using relay = await startRelay();
    await using client = await Client.connect(relay.url);
    for (const field of ["created_at", "kind"]) {
      const ok = await ask(client, `["EVENT",${noteJson.slice(0, -1)},"${field}":${number}}]`);
      assert.deepEqual(ok.slice(0, 3), ["OK", note.id, false]);
      assert.match(ok[3] as string, /^invalid: /);
    }
    for (const filter of [`"since":N`, `"until":N`, `"limit":N`, `"kinds":[N]`]) {
      const closed = await ask(client, `["REQ","x",{${filter.replace("N", number)}}]`);
      assert.deepEqual(closed.slice(0, 2), ["CLOSED", "x"]);
      assert.match(closed[2] as string, /^invalid: /);
    }
  });
}

testOnEngines("-0, 1.0 and 1e3 are the whole numbers that they are", async ({ url }) => {
  await using client = await Client.connect(url);
  const zero = signedEvent({ created_at: 0, kind: 0 });
  const json = JSON.stringify(zero).replace('"created_at":0', '"created_at":-0').replace(
    '"kind":0',
    '"kind":-0',
  );
  client.sendText(`["EVENT",${json}]`);
  assert.deepEqual(await client.next("OK"), ["OK", zero.id, true, ""]);
  const thousand = signedEvent({ created_at: 1000 });
  const spelt = JSON.stringify(thousand).replace("1000", "1e3").replace('"kind":1', '"kind":1.0');
  client.sendText(`["EVENT",${spelt}]`);
  assert.deepEqual(await client.next("OK"), ["OK", thousand.id, true, ""]);
  client.sendText('["REQ","zero",{"kinds":[-0],"since":-0,"until":-0}]');
  assert.deepEqual(await client.next("EVENT", "CLOSED"), ["EVENT", "zero", zero]);
  client.sendText('["REQ","none",{"limit":-0}]');
  assert.deepEqual([await client.next("EOSE"), await client.next("EOSE")], [
    ["EOSE", "zero", ["finish"]],
    ["EOSE", "none", ["more"]],
  ]);
  assert.deepEqual(await rest(client), []);
});

testOnEngines("lone surrogates in ids and filters are answered, and match nothing", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.publishAll(["\ufffd", "?", ""].map((value) => signedEvent({ tags: [["t", value]] })));
  for (const half of ["\\ud800", "\\udfff", "\\udc00\\ud800"]) {
    const text = JSON.parse(`"${half}"`);
    assert.deepEqual(await ask(client, `["REQ","${half}",{"#t":["${half}"]}]`), ["EOSE", text, ["finish"]]);
    client.sendText(`["CLOSE","${half}"]`);
    assert.deepEqual(await rest(client), []);
    const hll = "00".repeat(256);
    assert.deepEqual(await ask(client, `["COUNT","${half}",{"#t":["${half}"]}]`), ["COUNT", text, {
      count: 0,
      hll,
    }]);
  }
});

testOnEngines("NUL and quotation marks in filters harm nobody", async ({ url }) => {
  await using client = await Client.connect(url);
  const values = ["\u0000", "a\u0000b", "'", '"', "';--", "%", "\\", "\n"];
  await client.publishAll(values.map((value) => signedEvent({ tags: [["t", value]] })));
  for (const value of values) {
    const found = await client.request("value", { "#t": [value] });
    assert.deepEqual(found.map(({ tags }) => tags), [[["t", value]]], JSON.stringify(value));
  }
});

test("10,000 filters are refused with both figures", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (const verb of ["REQ", "COUNT"]) {
    client.send(verb, "many", ...Array.from({ length: 10_000 }, () => ({ kinds: [1] })));
    const [, id, reason] = await client.next("CLOSED");
    assert.equal(id, "many");
    assert.match(reason, /^invalid: .*10,000.*20/);
  }
});

testOnEngines("lists of thousands in a filter are served, stored and live", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.publish(note);
  const thousands = Array.from({ length: 7_000 }, (_, n) => hex(n));
  const filters = {
    kinds: { kinds: Array.from({ length: 10_000 }, (_, n) => n) },
    ids: { ids: [...thousands, note.id] },
    authors: { authors: [...thousands, note.pubkey], kinds: [1] },
    values: { "#t": [...thousands, "x"] },
  };
  for (const [id, filter] of Object.entries(filters)) {
    assert.deepEqual(await client.request(id, filter), [note], id);
    assert.equal(await client.count(filter), 1, id);
  }
  const live = signedEvent({ content: "live", tags: [["t", "x"]] });
  await client.publish(live);
  const events = (await client.drain()).filter(([verb]) => verb === "EVENT");
  assert.deepEqual(events.map(([, id]) => id).sort(), ["authors", "kinds", "values"]);
});

test("a message of 1 MB gets a NOTICE with both figures, and the connection lives", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  const long = "x".repeat(1_000_000);
  for (const message of [long, `["REQ","${long}",{}]`, `["EVENT",{"content":"${long}"}]`]) {
    const notice = await ask(client, message);
    assert.equal(notice[0], "NOTICE");
    assert.match(notice[1] as string, /^invalid: .*1,000,0\d\d bytes; .*512,000/);
    assert.deepEqual(await rest(client), []);
  }
  assert.deepEqual(await client.publish(note), [true, ""]);
});

test("long strings up to the message limit are refused where they stand", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  const long = "x".repeat(500_000);
  for (
    const [text, verb] of [
      [`["${long}"]`, "NOTICE"],
      [`["REQ","${long}",{}]`, "CLOSED"],
      [`["REQ","x",{"${long}":1}]`, "CLOSED"],
      [`["REQ","x",{"ids":["${long}"]}]`, "CLOSED"],
      [`["EVENT",{"id":"${long}"}]`, "NOTICE"],
      [`["EVENT",{"id":"x","content":"${long}"}]`, "OK"],
      [`["AUTH",{"id":"x","content":"${long}"}]`, "OK"],
    ] as const
  ) {
    const answer = await ask(client, text);
    assert.equal(answer[0], verb, text.slice(0, 40));
    assert.match(answer.at(-1) as string, REFUSAL);
    assert.ok((answer.at(-1) as string).length < 300, "a refusal does not echo what it refuses");
    assert.deepEqual(await rest(client), []);
  }
  assert.deepEqual(await client.request("value", { "#t": [long] }), []);
});

testOnEngines("huge tag arrays are refused by their figures, or served", async ({ url }) => {
  await using client = await Client.connect(url);
  const tags = (count: number) => Array.from({ length: count }, (_, n) => ["t", `${n}`]);
  assert.match(
    (await client.publish(signedEvent({ tags: tags(2_001) })))[1],
    /^invalid: .*2,001 tags.*2,000/,
  );
  assert.match((await client.publish(signedEvent({ tags: tags(20_000) })))[1], /^invalid: .*bytes.*65,536/);
  const most = signedEvent({ tags: tags(2_000) });
  assert.deepEqual(await client.publish(most), [true, ""]);
  const wide = signedEvent(
    { tags: [["t", ...Array.from({ length: 5_000 }, (_, n) => `${n}`)]] },
    secretKey(2),
  );
  assert.deepEqual(await client.publish(wide), [true, ""]);
  assert.deepEqual(await client.request("last", { "#t": ["1999"] }), [most]);
  assert.deepEqual(await client.request("first", { "#t": ["0"], authors: [wide.pubkey] }), [wide]);
});

test("a filter's key may be there twice; the last one counts, as JSON has it", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await client.publish(note);
  assert.deepEqual(await ask(client, '["REQ","x",{"kinds":[1],"kinds":[7]}]'), ["EOSE", "x", ["finish"]]);
});
