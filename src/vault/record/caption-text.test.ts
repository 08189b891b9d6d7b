import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { workOf } from '../../../test/support/work.ts'
import { captionText } from './caption-text.ts'

describe('a caption without HTML', () => {
  const plain = [
    '',
    'Oslo, 2024',
    ' two\r\nlines \n\n\n\nand more ',
    'I <3 you & you < me > all',
    '<me@example.com>',
    'a &c b &unknown; &#;',
    '1 <2> 3',
  ]
  for (const text of plain) test(`stays as it is: ${JSON.stringify(text)}`, () => assert.equal(captionText(text), text))
})

describe('a caption with HTML', () => {
  const cases: readonly (readonly [html: string, text: string])[] = [
    ['<b>bold</b> &amp; <I class="x">brave</I>', 'bold & brave'],
    ['a <a href="https://example.com/?a=1&amp;b=2">link</a>', 'a link'],
    ['one<br>two<br />three<BR/>four', 'one\ntwo\nthree\nfour'],
    ['<p>one</p>\n<p>two</p>', 'one\n\ntwo'],
    ['one<div>two</div><div>three</div>', 'one\ntwo\nthree'],
    ['<ul><li>a</li> <li>b</li></ul>', 'a\nb'],
    ['a<!-- unseen <b> -->b<script>alert("<p>")</script>c<style>p{}</style>d', 'abcd'],
    ['a<script>no end', 'a'],
    ['&lt;b&gt; &#233;&#xE9; &quot;&nbsp;&hellip;', '<b> éé "\u00A0…'],
    ['&amp;lt;', '&lt;'],
    ['&#x110000; &#9999999; &b;', '&#x110000; &#9999999; &b;'],
    ['<b>I <3 you</b> <me@example.com>', 'I <3 you <me@example.com>'],
  ]
  for (const [html, text] of cases) test(html, () => assert.equal(captionText(html), text))
})

test('any text is taken, quickly', async () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(typeof captionText(text), 'string')))
  const work = await workOf(() => {
    for (const piece of ['<a ', '<p>', '<p> ', '<!--', '<script', '&#x', ' ', '\n ', '</', '<', '&'])
      captionText(`<b>${piece.repeat(65_535 / piece.length)}`)
  })
  assert.ok(work < 2_000, 'some text takes more than linear time')
})
