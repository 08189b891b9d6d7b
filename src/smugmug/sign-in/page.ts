import type { ServerResponse } from 'node:http'

interface Page {
  readonly mark: '✓' | '✗' | '?'
  readonly title: string
  readonly text: string
}

const PAGES: Readonly<Record<'signed in' | 'failed' | 'refused' | 'stranger', Page>> = {
  'signed in': { mark: '✓', title: 'Thank you', text: 'smugmug-backup is signed in. You may close this page and go back to the terminal.' },
  failed: {
    mark: '✗',
    title: 'Not signed in',
    text: 'It did not work. The terminal says why, and what to do next. You may close this page.',
  },
  refused: {
    mark: '✗',
    title: 'Not signed in',
    text: 'You did not allow it, and nothing was changed. The terminal says how to begin again.',
  },
  stranger: {
    mark: '?',
    title: 'Nothing is expected here',
    text: 'This page belongs to a sign-in of smugmug-backup that is not waiting for it.',
  },
}

const STYLE = `:root { color-scheme: light dark; --paper: #f6f5f2; --card: #fff; --ink: #22252a; --quiet: #5c6470; --line: #dedbd3; --mark: #2f7d4f }
@media (prefers-color-scheme: dark) { :root { --paper: #15171a; --card: #1e2125; --ink: #eceae5; --quiet: #a3aab4; --line: #34383e; --mark: #6cc492 } }
.not { --mark: #b0552f }
@media (prefers-color-scheme: dark) { .not { --mark: #e39a74 } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink); font: 1.05rem/1.55 system-ui, sans-serif }
main { box-sizing: border-box; width: min(30rem, calc(100vw - 2rem)); padding: 2.5rem 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 14px; text-align: center }
.mark { font-size: 2.6rem; line-height: 1; color: var(--mark) }
h1 { margin: .6rem 0 .4rem; font-size: 1.5rem }
p { margin: 0; color: var(--quiet) }`

/** Answers a browser with one of the pages of the sign-in. It asks no other host for anything. */
export const sendPage = (response: ServerResponse, status: number, name: keyof typeof PAGES): void => {
  const page = PAGES[name]
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  })
  response.end(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${page.title} – smugmug-backup</title>
<style>
${STYLE}
</style>
<main${page.mark === '✓' ? '' : ' class="not"'}>
<div class="mark" aria-hidden="true">${page.mark}</div>
<h1>${page.title}</h1>
<p>${page.text}</p>
</main>
</html>
`)
}
