import type { RecordChange, Records, RecordsRead, StoredRecord } from "./records.ts";

/** Records that go with the process. */
export class MemoryRecords implements Records {
  #version = 0;
  readonly #records = new Map<string, StoredRecord>();

  read(): Promise<RecordsRead> {
    return Promise.resolve({ version: this.#version, records: [...this.#records.values()] });
  }

  write(version: number, changes: readonly RecordChange[]): Promise<boolean> {
    if (version !== this.#version) return Promise.resolve(false);
    this.#version++;
    for (const { kind, key, value } of changes) {
      if (value === undefined) this.#records.delete(`${kind} ${key}`);
      else this.#records.set(`${kind} ${key}`, { kind, key, value });
    }
    return Promise.resolve(true);
  }
}
