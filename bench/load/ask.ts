import { Client } from "./client.ts";

/** Asks the relay, on a connection of its own, how many events pass the filter (NIP-45). */
export async function count(url: string, filter: unknown): Promise<number> {
  const client = await Client.connect(url);
  try {
    return await new Promise((resolve, reject) => {
      client.onMessage = (bytes, start, end) => {
        const [verb, id, answer] = JSON.parse(bytes.toString("utf8", start, end));
        if (verb === "COUNT" && id === "count") resolve(answer.count);
        else if (verb !== "AUTH") reject(new Error(`COUNT was answered with ${verb}: ${id} ${answer}`));
      };
      client.send("COUNT", "count", filter);
    });
  } finally {
    client.close();
  }
}

/** Asks for stored events, on a connection of its own; gives their JSON. */
export async function request(url: string, ...filters: unknown[]): Promise<string[]> {
  const client = await Client.connect(url);
  try {
    return await new Promise((resolve, reject) => {
      const events: string[] = [];
      client.onMessage = (bytes, start, end) => {
        const text = bytes.toString("utf8", start, end);
        if (text.startsWith('["EVENT","asked",')) events.push(text.slice(17, -1));
        else if (text.startsWith('["EOSE"')) resolve(events);
        else if (!text.startsWith('["AUTH"')) {
          reject(new Error(`REQ was answered with ${text.slice(0, 200)}`));
        }
      };
      client.send("REQ", "asked", ...filters);
    });
  } finally {
    client.close();
  }
}
