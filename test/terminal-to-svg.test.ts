import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { terminalToSvg } from '../scripts/terminal-to-svg.ts'

describe('a picture of a terminal', () => {
  test('escapes what XML would take for its own', () => {
    const svg = terminalToSvg('a < b && "c" > d', 'x & y')
    assert.match(svg, />a\s&#60;\sb\s&#38;&#38;\s&#34;c&#34;\s&#62;\sd<\/text>/)
    assert.match(svg, /aria-label="x &#38; y"/)
  })

  test('draws the usual colours, and drops sequences it does not know', () => {
    const svg = terminalToSvg('\x1b[1;32mdone\x1b[0m \x1b[2Kplain\x1b[38;5;196mred', 't')
    assert.match(svg, /fill="#8fd694" font-weight="bold">done</)
    assert.match(svg, /<text [^>]*textLength="[\d.]+">plain</)
    assert.match(svg, /fill="#ff0000">red</)
    assert.ok(!svg.includes('\x1b'))
  })

  test('shows a line as it stood at last', () => {
    const svg = terminalToSvg('10 %\r20 %\r100 %\r\nnext\n', 't')
    assert.match(svg, />100\s%</)
    assert.doesNotMatch(svg, />10\s%|>20\s%/)
    assert.equal(svg.match(/ y="\d+" textLength/g)?.length, 2)
  })

  test('puts each stretch in its column', () => {
    const svg = terminalToSvg('ab\x1b[31mcd', 't')
    assert.match(svg, /x="20" [^>]*>ab</)
    assert.match(svg, /x="36.86" [^>]*>cd</)
  })
})
