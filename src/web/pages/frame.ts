import { html, type Markup } from '../../twin/html.ts'

/** Renders a page of the set-up in its frame, which needs no vault yet. */
export const framed = (title: string, body: Markup, link?: { readonly address: string; readonly words: string }): string =>
  html`<!doctype html>
<html lang="en" data-live>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title} · smugmug-backup</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/twin.files/twin.css">
<link rel="stylesheet" href="/twin.files/live.css">
<script src="/twin.files/live.js" data-root="/" defer></script>
</head>
<body class="set-up">
<header class="mast"><span class="name">smugmug-backup</span>${link !== undefined && html`<a href="${link.address}">${link.words}</a>`}</header>
${body}
</body>
</html>
`.toString()
