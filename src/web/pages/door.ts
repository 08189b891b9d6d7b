import { html, Markup } from '../../twin/html.ts'
import { DOOR_STYLE } from '../door-style.ts'

const style = new Markup(`<style>${DOOR_STYLE}</style>`)

const page = (title: string, body: Markup): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
${style}
</head>
<body>
<main>
<svg viewBox="0 0 32 32" aria-hidden="true"><rect x="5" y="14" width="22" height="14" rx="3"/><path d="M10 14v-4a6 6 0 0 1 12 0v4M16 20v3"/></svg>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.toString()

/** Renders the page that a visitor with a good key sees for a moment. */
export const keyPage = (): string => page('Your vault', html`<p><a href="/">Go on</a></p>`)

/** Renders the page of a visitor who is not known. */
export const signInPage = ({
  hasPassword,
  text,
  isOldKey = false,
}: {
  readonly hasPassword: boolean
  readonly text?: string
  /** True for a visitor whose key was used, is too old or was never made. */
  readonly isOldKey?: boolean
}): string =>
  page(
    isOldKey ? 'This address was used already, or is too old' : 'Your vault is closed',
    html`${text !== undefined && html`<p role="alert">${text}</p>`}
<p>Run <code>smugmug-backup web</code> on its computer, and open the address that it prints. It is valid once, for ten minutes.</p>
${
  hasPassword &&
  html`<form method="post" action="/sign-in">
<p><label>Password <input type="password" name="password" autocomplete="current-password" required></label> <button>Open</button></p>
</form>`
}`,
  )

/** The headings of refusals, by status. */
const REFUSED: Readonly<Record<number, string>> = {
  403: 'This is not open to you',
  404: 'There is nothing here',
  500: 'Something went wrong',
  503: 'Not just now',
}

/** Renders a refusal in words. */
export const refusalPage = ({ status, text }: { readonly status: number; readonly text: string }): string =>
  page(
    REFUSED[status] ?? 'That was not understood',
    html`<p>${text}</p>${status !== 403 && html`\n<p><a href="/">Go to the first page</a></p>`}`,
  )
