import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../test/support/properties.ts'
import { html } from './html.ts'
import { encodePath, linkTo, pageLink } from './links.ts'

test('A text is a text in an element and in an attribute, whatever it holds', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constant(`"'><script>alert(1)</script>`)), (text) => {
      const page = html`<p title="${text}">${text}</p>`.toString()
      assert.equal([...page.matchAll(/</g)].length, 2)
      assert.equal([...page.matchAll(/"/g)].length, 2)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
      assert.ok(!/[\u0000-\u0008]/u.test(page))
    }),
  )
})

test('Markup, lists and nothing are taken as they are', () => {
  assert.equal(html`<ul>${[1, 2].map((n) => html`<li>${n}</li>`)}${false}${undefined}</ul>`.toString(), '<ul><li>1</li><li>2</li></ul>')
})

test('A link leads from a page to any file, and each segment is encoded', () => {
  assert.equal(linkTo('Travel/2019 Norway', 'Päris #1/50% off?.jpg'), '../../P%C3%A4ris%20%231/50%25%20off%3F.jpg')
  assert.equal(pageLink('', ''), 'index.html')
  assert.equal(pageLink('A', ''), '../index.html')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
      const segment = name.replaceAll('/', '_').toWellFormed()
      const url = new URL(encodePath(`x/${segment}`), 'file:///vault/')
      if (segment === '.' || segment === '..') return
      assert.equal(decodeURIComponent(url.pathname), `/vault/x/${segment}`)
    }),
  )
})
