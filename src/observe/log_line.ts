import type { LogRecord } from "@logtape/logtape";

/**
 * One line of text: time, level, room, message, then the properties that the message does not show.
 * Only an error's stack goes on below, indented, so that no text from a client can look like a line.
 */
export function textLine(record: LogRecord): string {
  const shown = new Set(placeholders(record.rawMessage));
  const properties = Object.entries(record.properties).filter(([name]) => !shown.has(name));
  const parts = [
    new Date(record.timestamp).toISOString(),
    record.level.toUpperCase().padEnd(7),
    room(record),
    escape(message(record)),
    ...properties.map(([name, value]) => `${escape(name)}=${quoted(plain(name, value))}`),
  ];
  return `${parts.join(" ")}\n${Object.values(record.properties).map(stack).join("")}`;
}

/** One JSON object a line. Properties are an object of their own, so that none can pose as the level. */
export function jsonLine(record: LogRecord): string {
  const properties = Object.entries(record.properties);
  const fields = {
    time: new Date(record.timestamp).toISOString(),
    level: record.level,
    room: room(record),
    message: withoutPasswords(message(record)),
    stack: properties.map(([, value]) => stack(value)).join("") || undefined,
  };
  const values = properties.map(([name, value]) => `${safeJson(name)}:${safeJson(plain(name, value))}`);
  return `${safeJson(fields).slice(0, -1)},"properties":{${values.join(",")}}}\n`;
}

const room = (record: LogRecord): string => record.category.slice(1).join(".") || record.category.join(".");

/** Even positions are the template's text, odd ones the values put into it. */
const message = (record: LogRecord): string =>
  record.message.map((part, at) => at % 2 === 0 ? String(part) : inMessage(plain("", part))).join("");

const inMessage = (value: unknown): string => typeof value === "string" ? value : safeJson(value);

const placeholders = (template: string | TemplateStringsArray): string[] =>
  typeof template === "string" ? [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!) : [];

const SECRET_NAME = /^(authorization|connection|cookie|password|secret|token)$/i;

/** A value as JSON can hold it, without secrets. */
function plain(name: string, value: unknown): unknown {
  if (SECRET_NAME.test(name)) return "(hidden)";
  if (typeof value === "string") return withoutPasswords(value);
  if (value instanceof Error) return withoutPasswords(`${value.name}: ${value.message}`);
  if (typeof value === "bigint" || typeof value === "symbol" || typeof value === "function") {
    return String(value);
  }
  return value;
}

function quoted(value: unknown): string {
  if (typeof value === "string" && /^[\w.:/@+-]+$/.test(value)) return value;
  return escape(safeJson(value));
}

/** What JSON refuses is shown as text: a circle in a logged value must not end the relay. */
function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value, (name, inner) => plain(name, inner)) ?? "null";
  } catch {
    return JSON.stringify(String(value));
  }
}

function stack(value: unknown, deep = 0): string {
  if (!(value instanceof Error) || value.stack === undefined || deep > MOST_CAUSES) return "";
  const frames = value.stack.split("\n").map((line) => line.trim()).filter((line) => /^at |^\S*@/.test(line));
  const lines = frames.map((line) => `    ${escape(line)}\n`).join("");
  if (!(value.cause instanceof Error)) return lines;
  return `${lines}    cause: ${escape(inMessage(plain("", value.cause)))}\n${stack(value.cause, deep + 1)}`;
}

/** An error may be its own cause. */
const MOST_CAUSES = 5;

/** Control characters, line separators and the marks that reverse the direction of text. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const escape = (text: string): string =>
  withoutPasswords(text).replace(
    UNSAFE,
    (character) =>
      ({ "\n": "\\n", "\r": "\\r", "\t": "\\t" })[character] ??
        `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** `scheme://user:password@host` keeps its host. */
const withoutPasswords = (text: string): string => text.replace(/:\/\/[^\s/]*@/g, "://(hidden)@");
