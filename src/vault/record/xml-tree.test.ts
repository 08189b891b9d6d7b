import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { readXml, type Span, type XmlElement } from './xml-tree.ts'

const root = (text: string): XmlElement => {
  const element = readXml(text)
  assert.ok(element, `not read: ${text}`)
  return element
}

/** Returns the parts that the walker of the tests sees: names, attributes, texts, in order. */
const outline = (element: XmlElement): unknown => [
  element.name,
  Object.fromEntries(element.attributes.map(({ name, value }) => [name, value])),
  element.children.length > 0 ? element.children.map(outline) : element.text,
]

describe('what is read', () => {
  test('elements, attributes, texts, and what stands around the root', () => {
    const text = '\uFEFF<?xml version="1.0"?>\n<!-- <no> -->\n<a b="1" c = \'2\'>\n <d/>\n <e>f</e>\n</a >\n<?end?>\n'
    assert.deepEqual(outline(root(text)), [
      'a',
      { b: '1', c: '2' },
      [
        ['d', {}, ''],
        ['e', {}, 'f'],
      ],
    ])
  })

  test('prefixes as what they stand for, wherever they were declared', () => {
    const text = '<a:r xmlns:a="urn:a#" xmlns="urn:d#"><p a:x="1" y="2" xml:lang="en"><b:q xmlns:b="urn:a#"/></p><p xmlns=""/></a:r>'
    assert.deepEqual(outline(root(text)), [
      'urn:a#r',
      {},
      [
        ['urn:d#p', { 'urn:a#x': '1', y: '2', 'http://www.w3.org/XML/1998/namespacelang': 'en' }, [['urn:a#q', {}, '']]],
        ['p', {}, ''],
      ],
    ])
  })

  test('references, CDATA and line ends as XML 1.0 means them', () => {
    const { text, attributes } = root('<a b="1\r\n2&#10;3&quot;">x&lt;&#x1F600;&#65;&amp;amp;\r\ny\rz<![CDATA[<&amp;\r\n>]]></a>')
    assert.equal(text, 'x<😀A&amp;\ny\nz<&amp;\n>')
    assert.equal(attributes[0]?.value, '1 2\n3"')
  })

  test('the places of all that it reads', () => {
    const text = '<a>\n <b  c="1"\n d="2">text<e/></b>\n</a>'
    const at = ({ start, end }: Span) => text.slice(start, end)
    const [b] = root(text).children
    assert.ok(b?.inner)
    assert.equal(at(b), '<b  c="1"\n d="2">text<e/></b>')
    assert.equal(at(b.inner), 'text<e/>')
    assert.deepEqual(b.attributes.map(at), ['  c="1"', '\n d="2"'])
    assert.deepEqual(b.children.map(at), ['<e/>'])
    assert.equal(b.children[0]?.inner, undefined)
  })

  test('a hundred thousand levels, without recursion', () => {
    assert.ok(readXml('<a>'.repeat(100_000) + '</a>'.repeat(100_000)))
  })
})

describe('what is refused', () => {
  const broken: Readonly<Record<string, string>> = {
    'nothing at all': '',
    'text only': 'hello',
    'an open end': '<a><b></b>',
    'a wrong end': '<a></b>',
    'an end too many': '<a/></a>',
    'two roots': '<a/><b/>',
    'text beside the root': '<a/>x',
    'an attribute without quotes': '<a b=1/>',
    'an attribute twice': '<a b="1" b="2"/>',
    'a < in an attribute': '<a b="<"/>',
    'a lone ampersand': '<a>R&D</a>',
    'an unknown entity': '<a>&eacute;</a>',
    'an entity with the name of a property of every object': '<a>&constructor;</a>',
    'a reference to what is no character': '<a>&#0;</a>',
    'a reference beyond Unicode': '<a>&#x110000;</a>',
    'a control character': '<a>\u0001</a>',
    'half a surrogate pair': '<a>\uD800</a>',
    'an undeclared prefix': '<x:a/>',
    'an undeclared prefix of an attribute': '<a x:b="1"/>',
    'a comment without end': '<a><!-- </a>',
    'a CDATA section without end': '<a><![CDATA[ </a>',
    'a DOCTYPE': '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
  }
  for (const [name, text] of Object.entries(broken)) test(name, () => assert.equal(readXml(text), undefined))

  test('never with an exception', () => {
    const piece = fc.constantFrom(
      '<a',
      '<a>',
      '</a>',
      '/>',
      '>',
      ' b="',
      '"',
      "'",
      '&',
      '&#',
      ';',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      'x:',
      'x',
    )
    fc.assert(fc.property(fc.array(piece), (pieces) => void readXml(pieces.join(''))))
  })
})
