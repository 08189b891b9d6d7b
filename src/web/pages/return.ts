/** The page for a browser that comes back from SmugMug. */
import { html, type Markup } from '../../twin/html.ts'
import { PAGE, type Return } from '../set-up/set-up.ts'
import { framed } from './frame.ts'

/** Renders the end of a sign-in. */
export function returnPage(end: Return): string {
  const { mark, title, text } = wordsOf(end)
  return framed(
    title,
    html`<main class="page return${mark === '✓' ? '' : ' not'}" id="main"><div class="mark" aria-hidden="true">${mark}</div><h1>${title}</h1>${text}<p><a class="go" href="${PAGE}">Go on</a></p></main>`,
  )
}

function wordsOf(end: Return): { readonly mark: '✓' | '✗' | '?'; readonly title: string; readonly text: Markup } {
  switch (end.kind) {
    case 'signed in':
      return { mark: '✓', title: 'Thank you', text: html`<p>You are signed in.</p>` }
    case 'not allowed':
      return { mark: '✗', title: 'Not signed in', text: html`<p>You did not allow it, and nothing was changed. You can begin again.</p>` }
    case 'failed':
      return { mark: '✗', title: 'Not signed in', text: html`<p role="alert">${end.message} ${end.hint}</p>` }
    case 'stranger':
      return {
        mark: '?',
        title: 'Nothing is expected here',
        text: html`<p>This sign-in has ended already, or it is not one of this page.</p>`,
      }
  }
}
