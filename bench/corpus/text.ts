import type { Random } from "./random.ts";

const WORDS = `the a relay note giraffe today we were at of lake coffee morning and then built block height
signal zap garden people long neck read write again "quoted" naïve café für über 東京 привет 🦒 ⚡ gm
https://example.com/photo.jpg nostr: running keys that sign every small thing they say, but not all.`.split(
  /\s+/,
);

/** Words of about so many characters in all, with a new line now and then. */
export function prose(random: Random, characters: number): string {
  let text = "";
  while (text.length < characters) text += random.anyOf(WORDS) + (random.chance(0.03) ? "\n" : " ");
  return text.slice(0, Math.max(0, Math.floor(characters))).toWellFormed().replaceAll("\ufffd", "");
}

/** What an encrypted payload looks like. */
export function cipher(random: Random, characters: number): string {
  return random.bytes(Math.ceil(characters / 4) * 3).toBase64();
}
