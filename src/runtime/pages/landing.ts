import { createHash } from "node:crypto";
import type { Limitation, RelayInfo } from "../../protocol/relay_info.ts";
import { FAVICON } from "./favicon.ts";
import { Markup, markup } from "./markup.ts";
import { nip } from "./nips.ts";
import { STYLE } from "./style.ts";

/** The page brings all it needs: one style sheet, known by its hash, and this relay's own icon. */
export const PAGE_POLICY = "default-src 'none'; img-src 'self'; " +
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What a browser sees at the relay's address. `address` is where clients connect: `wss://…`. */
export function landingPage(info: RelayInfo, address: string): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.name}: a Nostr relay</title>
<link rel="icon" href="/favicon.ico">
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<header>
${ICON}
<div><h1>${info.name}</h1><p>A Nostr relay</p></div>
</header>
${paragraphs(info.description)}
<section>
<h2>Connect</h2>
<p>Add this address to the relays of your Nostr client:</p>
<code class="address">${address}</code>
</section>
${operator(info)}
<section>
<h2>Limits</h2>
<dl>
${limits(info.limitation)}
</dl>
</section>
<section>
<h2>Supported NIPs</h2>
<ul>
${info.supported_nips.map(supported)}
</ul>
</section>
</main>
<footer>
<p><a href="https://nostr.com">Nostr</a> is an open protocol for notes and other things, carried by relays
such as this one. Served by Longneck ${info.version}.</p>
</footer>
</body>
</html>
`.text;
}

const ICON = new Markup(String(FAVICON.body).trim().replace("<svg ", `<svg aria-hidden="true" `));

/** NIP-11: paragraphs of the description are separated by double newlines. */
const paragraphs = (text = ""): Markup[] =>
  text.split(/\n\s*\n/).filter((part) => part.trim() !== "").map((part) => markup`<p>${part}</p>`);

function operator({ pubkey, contact, terms_of_service }: RelayInfo): Markup | undefined {
  const rows = [
    ...(contact === undefined ? [] : [longRow("Contact", link(contact))]),
    ...(pubkey === undefined ? [] : [longRow("Public key", markup`<span class="key">${pubkey}</span>`)]),
    ...(terms_of_service === undefined ? [] : [longRow("Terms of service", link(terms_of_service))]),
  ];
  if (rows.length === 0) return undefined;
  return markup`<section>
<h2>Operator</h2>
<dl>
${rows}
</dl>
</section>`;
}

/** Only schemes that can do no harm become links. */
function link(text: string): Markup {
  if (!/^(https?|mailto|nostr):/i.test(text)) return markup`${text}`;
  return markup`<a href="${text}" rel="noopener nofollow">${text.replace(/^(mailto|nostr):/i, "")}</a>`;
}

function limits(limitation: Limitation): Markup[] {
  const { max_content_length } = limitation;
  return [
    row("Who may publish", limitation.restricted_writes ? "not everyone, or not everything" : "everyone"),
    row("Message", amount(limitation.max_message_length, "bytes")),
    ...(max_content_length === undefined ? [] : [row("Content", amount(max_content_length, "characters"))]),
    row("Tags per event", amount(limitation.max_event_tags)),
    row("created_at in the future", amount(limitation.created_at_upper_limit, "seconds")),
    row("Subscriptions per connection", amount(limitation.max_subscriptions)),
    row("Stored events per filter", amount(limitation.max_limit)),
    row("… when it names no limit", amount(limitation.default_limit)),
  ];
}

const row = (name: string, value: string): Markup => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`;

/** A row whose value goes below its name where the page is narrow. */
const longRow = (name: string, value: Markup): Markup =>
  markup`<div class="long"><dt>${name}</dt><dd>${value}</dd></div>`;

const amount = (number: number, unit = ""): string => `${number.toLocaleString("en")} ${unit}`.trimEnd();

function supported(number: number): Markup {
  const { number: digits, title, url } = nip(number);
  return markup`<li><a href="${url}" rel="noopener">NIP-${digits}</a> ${title}</li>`;
}
