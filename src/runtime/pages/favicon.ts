import type { Asset } from "../http.ts";

/** A giraffe's neck in a square: two ossicones, a head and its spots. */
export const FAVICON: Asset = {
  type: "image/svg+xml; charset=utf-8",
  body: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#3b2a1a"/>
<g fill="#f2b84b">
<path d="M11 32V14c0-4 2-6 5-6h6c3 0 5 2 5 4.5S25 17 22 17h-2v15z"/>
<path d="M12 10L7 8l4 5z"/>
</g>
<g stroke="#f2b84b" stroke-width="1.6" stroke-linecap="round"><path d="M15 8V4.5M19 8V4.5"/></g>
<g fill="#8a4f1d">
<circle cx="15" cy="4" r="1.5"/><circle cx="19" cy="4" r="1.5"/>
<path d="M11 19l4-1 1 4-5 1zM16 25l4-1v5l-3 1zM11 27l3 1v4h-3zM17 18l3 1v3l-2 1z"/>
</g>
<circle cx="20" cy="11.5" r="1.3" fill="#3b2a1a"/>
</svg>
`,
};
