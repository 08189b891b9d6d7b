import type { World, WorldImage, WorldNode } from '../world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from './make.ts'

/** Names that must never reach a disk unchanged, or that collide with the files that a backup keeps beside the photos. */
export const HOSTILE_NAMES: readonly string[] = [
  '../../etc/passwd',
  '..',
  '.',
  '/etc/passwd',
  'C:\\Windows\\system32\\evil.jpg',
  '\\\\server\\share\\evil.jpg',
  'CON',
  'con.jpg',
  'NUL.tar.jpg',
  'COM1.jpg',
  'a/b\\c.jpg',
  'x\u0000y',
  'line\nbreak.jpg',
  'tab\tand\u0007bell.jpg',
  'trailing dot.',
  'trailing space ',
  ' leading space.jpg',
  '<>:"|?*.jpg',
  'right\u202Etfel.gpj',
  'lone\uD83Dsurrogate.jpg',
  `${'x'.repeat(296)}.jpg`,
  `${'📷'.repeat(300)}.jpg`,
  'album.json',
  'ALBUM.JSON',
  'tree.json',
  'metadata.csv',
  'README.txt',
  '.smugmug-backup',
  '.hidden.part',
  'photo.jpg.part',
  'KGkZtq-0!largestvideo?MaxSize=VideoSize1920.mp4',
  '%2e%2e%2fescape.jpg',
  '-rf.jpg',
  '~root.jpg',
  '$(touch pwned).jpg',
  '=HYPERLINK("http://example.com").jpg',
]

/** Makes an account with every oddity that was ever seen, feared or possible. */
export function nastyWorld(): World {
  const shared = photo('shared', { caption: 'In three albums.' })
  return {
    nickName: 'nasty',
    name: 'Nasty <b>"World"</b>',
    keys: KEYS,
    root: [
      albumNode(
        'Hostile names',
        HOSTILE_NAMES.map((fileName, index) => photo(`hostile-${index}`, { fileName })),
      ),
      albumNode('Twins', twins()),
      albumNode('Missing fields', missingFields()),
      albumNode('Odd values', oddValues(), { description: `<p>${'long '.repeat(13_105)}</p>`.slice(0, 65_535), keywords: 'a; "b c"; d' }),
      albumNode('Videos', videos()),
      albumNode('Ladder', ladder()),
      albumNode('Home of the shared', [shared, photo('hidden', { hidden: true })]),
      albumNode('Collects', [collected(shared), photo('own')]),
      albumNode('Only collected', [collected(shared)]),
      albumNode('RAW', [
        photo('raw-pair', {
          fileName: 'P1055113.jpg',
          components: [{ fileName: 'P1055113.rw2', bytes: { kind: 'seeded', seed: 'raw', size: 60_000, starts: 'none' } }],
        }),
      ]),
      albumNode('Empty', []),
      folder('Empty folder', []),
      folder('Deep', [folder('Deeper', [folder('Deepest', [albumNode('Bottom', [photo('bottom')])])])]),
      albumNode('Locked', [photo('locked')], { securityType: 'Password', password: 'secret-album-password', privacy: 'Unlisted' }),
      folder('Private folder', [albumNode('Private', [photo('private'), video('private-video')], { privacy: 'Private' })], {
        privacy: 'Private',
      }),
      ...hostilePaths(),
      { type: 'Page', nodeId: 'pageX1', name: 'About me', urlName: 'About-me' },
      { type: 'System Album', nodeId: 'sysal1', name: 'Favorites', urlName: 'Favorites' },
    ],
    userFields: { ViewPassword: 'secret-site-password', Email: 'secret-address@example.com', RefTag: 'secret-reftag' },
  }
}

function twins(): readonly WorldImage[] {
  return [
    photo('twin-1', { fileName: 'same.jpg' }),
    photo('twin-2', { fileName: 'same.jpg' }),
    photo('twin-3', { fileName: 'same.jpg' }),
    photo('twin-case', { fileName: 'Same.JPG' }),
    photo('twin-nfc', { fileName: 'Bjørn-é.jpg'.normalize('NFC') }),
    photo('twin-nfd', { fileName: 'Bjørn-é.jpg'.normalize('NFD') }),
    photo('twin-suffixed', { fileName: 'same (1).jpg' }),
    // Two images with the same bytes remain two images.
    photo('twin-bytes-1', { fileName: 'copy-1.jpg', bytes: { kind: 'seeded', seed: 'one content', size: 7000 } }),
    photo('twin-bytes-2', { fileName: 'copy-2.jpg', bytes: { kind: 'seeded', seed: 'one content', size: 7000 } }),
    photo('twin-sharp-s', { fileName: 'straße.jpg' }),
    photo('twin-double-s', { fileName: 'STRASSE.jpg' }),
  ]
}

function missingFields(): readonly WorldImage[] {
  const without = (id: string, ...names: readonly string[]): WorldImage =>
    photo(id, { fields: Object.fromEntries(names.map((name) => [name, undefined])) })
  return [
    photo('no-name', { fileName: '' }),
    photo('no-name-2', { fileName: '' }),
    without('absent-name', 'FileName'),
    without('absent-md5', 'ArchivedMD5'),
    without('absent-size', 'ArchivedSize', 'OriginalSize'),
    without('absent-size-and-md5', 'ArchivedSize', 'ArchivedMD5', 'OriginalSize'),
    without('absent-dates', 'Date', 'DateTimeUploaded', 'DateTimeOriginal', 'LastUpdated'),
    without('absent-serial', 'Serial'),
    without('absent-formatted', 'FormattedValues'),
    without('absent-texts', 'Title', 'Caption', 'Keywords', 'KeywordArray'),
    without('absent-place', 'Latitude', 'Longitude', 'Altitude'),
    without('absent-kind', 'Format', 'Processing', 'Status', 'SubStatus', 'Hidden', 'Origin'),
    without('absent-web', 'WebUri', 'ThumbnailUrl', 'UploadKey', 'AlbumKey'),
  ]
}

function oddValues(): readonly WorldImage[] {
  return [
    photo('numeric-place', { latitude: 47.25, longitude: -122.5, altitude: 16_777_215 }),
    photo('empty-place', { latitude: '', longitude: '' }),
    photo('null-texts', { fields: { Title: null, Caption: null, Keywords: null, KeywordArray: null } }),
    photo('hash-keywords', { fields: { KeywordArray: {} } }),
    photo('keywords', { keywords: ['a, b', 'say "hi"', 'semi;colon', '2024', 'æøå', '<i>'] }),
    photo('html', {
      title: '<b>bold & brave</b>',
      caption: '<a href="http://example.com">link</a> & <script>alert(1)</script>\u0000\u0007\u001b[31mred',
    }),
    photo('formula', { title: '=1+1', caption: '@SUM(A1:A9)', keywords: ['+cmd', '-1'] }),
    photo('long-caption', { caption: 'c'.repeat(65_535) }),
    photo('year-0', {
      fields: {
        Date: '0000-00-00T00:00:00+00:00',
        DateTimeUploaded: '0000-00-00T00:00:00+00:00',
        DateTimeOriginal: '0000-00-00T00:00:00+00:00',
      },
    }),
    photo('year-1899', { capturedLocal: '1899-12-31T23:59:59' }),
    photo('year-9999', { capturedLocal: '9999-12-31T12:00:00' }),
    photo('no-date-at-all', { fields: { DateTimeOriginal: 'yesterday', LastUpdated: '' } }),
    photo('summer-night', { capturedLocal: '2024-03-10T02:30:00' }),
    photo('unknown-fields', { fields: { Mood: 'cheerful', Nested: { deep: [1, null, { deeper: true }] }, ArchivedSHA256: 'abc' } }),
    photo('no-components', { fields: { ComponentFileTypes: [] } }),
    photo('components-hash', { fields: { ComponentFileTypes: { Image: ['jpg'], Other: [] } } }),
    photo('upload-key-number', { fields: { UploadKey: 1234567890 } }),
    photo('serial-7', { serial: 7 }),
    photo('substatus-db', { subStatus: 'DB' }),
    photo('no-bytes', { bytes: { kind: 'inline', data: new Uint8Array(0) } }),
    photo('png', { fileName: 'picture.png', format: 'PNG', bytes: { kind: 'seeded', seed: 'png', size: 9000, starts: 'png' } }),
    photo('gif', { fileName: 'moving.gif', format: 'GIF', bytes: { kind: 'seeded', seed: 'gif', size: 9000, starts: 'gif' } }),
    photo('heic-name', { fileName: 'IMG_7058.HEIC' }),
    photo('no-extension', { fileName: 'DSC00001' }),
    photo('comments', { comments: [{ Comment: 'Great shot!', Name: 'A Visitor', Rating: 5 }] }),
  ]
}

function videos(): readonly WorldImage[] {
  return [
    video('plain', { fileName: 'plain.mp4' }),
    video('mov-name', { fileName: 'IMG_3643.MOV' }),
    video('avi-name', { fileName: 'OLD.AVI' }),
    video('no-name-video', { fileName: '' }),
    // Collides with the name that IMG_3643.MOV gets with the right extension.
    video('mp4-twin', { fileName: 'IMG_3643.mp4' }),
    video('processing', { processing: true }),
    video('cannot-process', { processing: true, status: 'Preprocess', subStatus: 'CanNotProcess' }),
    video('flag-stuck', { fields: { Processing: true } }),
    video('no-rendition', { noRendition: true }),
    video('largest-missing', { largestVideoMissing: true }),
    video('no-md5', { video: { MD5: undefined } }),
    video('no-size', { video: { Size: undefined, MD5: undefined } }),
    video('numbers', { video: { Duration: 24.765, Bitrate: 7_410_811.3870382 } }),
  ]
}

/** Makes one photo for each rung of fact sheet 4.3. */
function ladder(): readonly WorldImage[] {
  return [
    photo('by-download', { offers: 'download' }),
    photo('by-sizedetails', { offers: 'sizedetails' }),
    photo('by-largest', { offers: 'largest' }),
    photo('by-nothing', { offers: 'none' }),
  ]
}

function hostilePaths(): readonly WorldNode[] {
  const at = (name: string, UrlPath: string, items: readonly WorldImage[]): WorldNode => albumNode(name, items, { fields: { UrlPath } })
  return [
    at('Climber', '/../../out', [photo('climber')]),
    at('Devices', '/CON/aux', [photo('devices')]),
    at('Trip upper', '/Trip', [photo('trip-upper', { fileName: 'day.jpg' })]),
    at('Trip lower', '/trip', [photo('trip-lower', { fileName: 'day.jpg' })]),
    at('Mixed', '/Mixed', [photo('mixed-1', { fileName: 'Sub' }), photo('mixed-2', { fileName: 'plain.jpg' })]),
    at('Mixed below', '/Mixed/Sub', [photo('mixed-3')]),
    at('No path', '', [photo('pathless')]),
    at('Ours', '/.smugmug-backup/history', [photo('ours')]),
    at('Backslash', '/a\\..\\..\\b', [photo('backslash')]),
    at('Same path 1', '/Same', [photo('same-path-1', { fileName: 'one.jpg' })]),
    at('Same path 2', '/Same', [photo('same-path-2', { fileName: 'one.jpg' })]),
  ]
}
