import { isIndexedTag, type NostrEvent } from "../../protocol/event.ts";

/** What the key of a tag is made of: see `tag_key` in the schema. JSON, as PostgreSQL's text takes no NUL. */
export const tagText = (letter: string, value: string): string => letter + JSON.stringify(value);

/** Of all tags of an event that are indexed, each once. */
export const tagTexts = ({ tags }: NostrEvent): string[] => [
  ...new Set(tags.filter(isIndexedTag).map(([letter, value]) => tagText(letter, value))),
];
