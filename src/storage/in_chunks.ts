/** Does something with all items, some at a time, one time after the other; answers the sum. */
export async function inChunks<Item>(
  items: readonly Item[],
  most: number,
  work: (chunk: readonly Item[]) => Promise<number>,
): Promise<number> {
  let total = 0;
  for (let at = 0; at < items.length; at += most) total += await work(items.slice(at, at + most));
  return total;
}

/** Does something to as many as there are, up to so many at a time; answers the sum. */
export async function untilNoneLeft(most: number, work: (most: number) => Promise<number>): Promise<number> {
  let total = 0;
  while (true) {
    const done = await work(most);
    total += done;
    if (done < most) return total;
  }
}
