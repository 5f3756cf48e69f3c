/** Saves events without end and prints the number of each as soon as it is said to be stored. */
import process from "node:process";
import { SqliteRepository } from "../../src/storage/sqlite/sqlite_repository.ts";
import { fakeEvent } from "../fixtures/events.ts";

const repository = await SqliteRepository.open(process.argv[2]!);
for (let n = 0;; n += 50) {
  await Promise.all(Array.from({ length: 50 }, async (_, more) => {
    await repository.save(fakeEvent({ content: `${n + more}` }));
    process.stdout.write(`${n + more}\n`);
  }));
}
