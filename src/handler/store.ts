import type { VerifiedEvent } from "../protocol/event.ts";
import type { SaveOutcome } from "../storage/repository.ts";
import type { Services } from "./session.ts";

/** Saves what has passed all rules; what is new goes to whoever wants it. */
export async function store(services: Services, event: VerifiedEvent): Promise<SaveOutcome> {
  // A bus brings what is stored to all instances, this one too, in the order of their commits.
  return services.repository.bus ? await save(services, event) : await publishHere(services, event);
}

async function save({ repository, observer }: Services, event: VerifiedEvent): Promise<SaveOutcome> {
  const started = performance.now();
  const outcome = await repository.save(event);
  observer.saved(outcome, (performance.now() - started) / 1000);
  return outcome;
}

/** Saves, and delivers to the subscriptions of this instance. */
async function publishHere(services: Services, event: VerifiedEvent): Promise<SaveOutcome> {
  const { broadcast, observer, stopped } = services;
  let outcome: SaveOutcome | undefined;
  broadcast.expect(event.event.id);
  try {
    outcome = await save(services, event);
  } finally {
    if (outcome !== "stored") broadcast.withdraw(event.event.id);
  }
  if (outcome === "stored") {
    // It is on disk: whatever hinders its delivery, such as a stop, the client must hear of that.
    await broadcast.publish(event, stopped).catch((error) => observer.failed("delivery", error));
  }
  return outcome;
}
