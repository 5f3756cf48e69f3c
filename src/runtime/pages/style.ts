/** The landing page's style sheet: system fonts, one column, colours by the reader's choice of light or dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fbf7ef;
  --card: #fffdf8;
  --ink: #2b2118;
  --faint: #6d5f50;
  --line: #e7dccb;
  --accent: #8a4f1d;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #17130f;
    --card: #211b15;
    --ink: #f1e8da;
    --faint: #b3a491;
    --line: #3a3026;
    --accent: #f2b84b;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  padding: clamp(1.5rem, 6vw, 4.5rem) 1.25rem 3rem;
  background: var(--paper);
  color: var(--ink);
  font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: anywhere;
}
main, footer { max-width: 42rem; margin: 0 auto; }
a { color: var(--accent); text-underline-offset: .2em; }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
header { display: flex; align-items: center; gap: 1.1rem; margin-bottom: 1.5rem; }
header svg { flex: none; width: 4rem; height: 4rem; }
h1 { margin: 0; font-size: clamp(1.7rem, 6vw, 2.4rem); line-height: 1.15; letter-spacing: -.02em; }
header p { margin: .2rem 0 0; color: var(--faint); }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.15rem; }
.address {
  display: block;
  margin: .75rem 0 0;
  padding: .9rem 1.1rem;
  border: 1px solid var(--line);
  border-left: 4px solid var(--accent);
  border-radius: .6rem;
  background: var(--card);
  font: 1.05rem/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  user-select: all;
}
dl, ul {
  margin: 0;
  padding: 0 1.1rem;
  border: 1px solid var(--line);
  border-radius: .6rem;
  background: var(--card);
  list-style: none;
}
dl > div, li { display: flex; justify-content: space-between; gap: .2rem 1.5rem; padding: .55rem 0; }
dl > div + div, li + li { border-top: 1px solid var(--line); }
dt { color: var(--faint); }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
.long dd { overflow-wrap: anywhere; }
.key { font: .8rem/1.6 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
ul { padding-block: .35rem; display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); column-gap: 2rem; }
ul li, ul li + li { border: 0; justify-content: start; gap: .9rem; padding: .35rem 0; }
footer { margin-top: 3rem; color: var(--faint); font-size: .9rem; }
@media (max-width: 38rem) {
  .long { flex-direction: column; }
  .long dd { text-align: left; }
}
`;
