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
