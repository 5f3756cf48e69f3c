import { trustStored, type VerifiedEvent } from "../../protocol/event.ts";

/** Events of the JSON that this database holds. What can't be read is left out, so that it holds nothing up, and told. */
export function trusted(jsons: readonly string[], failed: (error: unknown) => void): VerifiedEvent[] {
  return jsons.flatMap((json) => {
    try {
      return trustStored(json);
    } catch (error) {
      failed(error);
      return [];
    }
  });
}
