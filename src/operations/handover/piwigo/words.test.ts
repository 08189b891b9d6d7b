import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { descriptionHtml, nameHtml, Tags, uploadName } from './words.ts'

describe('words for Piwigo', () => {
  test('are HTML without markup, and without characters that its database refuses', () => {
    assert.equal(nameHtml('I <3 "Oslo" & \'Bergen\'\n🏔\u0000 </script>'), 'I &lt;3 "Oslo" &amp; \'Bergen\' &#x1f3d4;  &lt;/script&gt;')
    assert.equal(descriptionHtml('one\r\ntwo\rthree\tfour\u0007 \ud800'), 'one\ntwo\nthree\tfour  \ufffd')
    assert.equal(nameHtml(' \n '), '')
  })

  test('are cut where the database ends, and never within a reference', () => {
    assert.equal(nameHtml('x'.repeat(300)).length, 255)
    assert.equal(nameHtml(`${'x'.repeat(250)}&&`), `${'x'.repeat(250)}&amp;`)
    assert.equal(nameHtml(`${'x'.repeat(252)}&y`), 'x'.repeat(252))
    assert.equal(nameHtml(`${'å'.repeat(260)}`).length, 255)
    const long = descriptionHtml('å🏔'.repeat(30_000))
    assert.ok(Buffer.byteLength(long) <= 65_535 && Buffer.byteLength(long) > 65_500)
    assert.match(long, /(;|å)$/)
  })

  test('of a file’s name lose what Piwigo would write twice encoded', () => {
    assert.equal(uploadName(`a'b"c\\d&e<f>🏔 å.jpg`), 'a_b_c_d_e_f__ å.jpg')
  })

  test('make one tag where only capitals or accents differ, in the first spelling', () => {
    const tags = new Tags()
    assert.deepEqual(tags.keysOf(['Ål', 'al', 'AL', 'a,l', ' ', '🏔', '🌊']), ['al', 'a,l', '&#x1f3d4;', '&#x1f30a;'])
    assert.deepEqual(tags.keysOf(['ÅL']), ['al'])
    const names = tags.lines().map((line) => JSON.parse(line).name)
    assert.deepEqual(names, ['Ål', 'a,l', '&#x1f3d4;', '&#x1f30a;'])
  })
})
