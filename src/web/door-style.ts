import { createHash } from 'node:crypto'

/** The look of a page that may load nothing: a visitor who is not known gets no other file. Its hash stands in the policy. */
export const DOOR_STYLE = `:root{color-scheme:light dark;--paper:#faf9f6;--card:#fff;--ink:#1d1e20;--soft:#5f646b;--line:#e4e1da;--accent:#24693f;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--paper:#131417;--card:#1b1d21;--ink:#ecebe7;--soft:#a0a6ae;--line:#2b2e33;--accent:#6fca95;--bad:#f2857c}}
*{box-sizing:border-box}
body{margin:0;min-height:100dvh;display:grid;place-items:center;padding:1rem;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:30rem;width:100%;background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:1.6rem 1.8rem}
svg{width:3rem;fill:none;stroke:var(--accent);stroke-width:2.2;stroke-linecap:round;stroke-linejoin:round}
h1{margin:.4rem 0;font-size:1.5rem;line-height:1.25}
p{margin:.7rem 0;color:var(--soft)}
a{color:var(--accent)}
code{color:var(--ink)}
[role=alert]{color:var(--bad)}
label{display:grid;gap:.3rem;color:var(--ink)}
input,button{font:inherit;min-height:2.75rem;border-radius:.6rem;border:1px solid var(--line);padding:.4rem .8rem;background:var(--paper);color:var(--ink);width:100%}
button{margin-top:.7rem;background:var(--accent);border-color:var(--accent);color:var(--paper);cursor:pointer}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}`

/** The source by which the policy of a page permits it. */
export const DOOR_STYLE_SOURCE = `'sha256-${createHash('sha256').update(DOOR_STYLE).digest('base64')}'`
