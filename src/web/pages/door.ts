import { html, type Markup } from '../../twin/html.ts'

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
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.toString()

/** Renders the page that a visitor with a good key sees for a moment. */
export const keyPage = (): string => page('Your vault', html`<p><a href="/">Go on</a></p>`)

/** Renders the page of a visitor who is not known. */
export const signInPage = ({ hasPassword, text }: { readonly hasPassword: boolean; readonly text?: string }): string =>
  page(
    'Your vault is closed',
    html`${text !== undefined && html`<p role="alert">${text}</p>`}
<p>Run <code>smugmug-backup web</code> on its computer, and open the address that it prints. It is valid once, for ten minutes.</p>
${
  hasPassword &&
  html`<form method="post" action="/sign-in">
<p><label>Password <input type="password" name="password" autocomplete="current-password" required></label> <button>Open</button></p>
</form>`
}`,
  )
