import assert from 'node:assert/strict'
import { test } from 'node:test'
import { displayName, endpointOf, maySign } from './addresses.ts'

test('who gets a signature', () => {
  const allowed = (address: string, base: string): boolean => maySign(new URL(address), new URL(base))
  const smugmug = 'https://api.smugmug.com'
  for (const address of [
    'https://api.smugmug.com/x',
    'https://photos.smugmug.com/x',
    'https://smugmug.com/',
    'https://PHOTOS.SMUGMUG.COM:8443/',
  ]) {
    assert.equal(allowed(address, smugmug), true, address)
    assert.equal(allowed(address, 'http://127.0.0.1:99'), true, address)
  }
  const strangers = [
    'http://photos.smugmug.com/x',
    'http://api.smugmug.com/x',
    'https://evilsmugmug.com/',
    'https://smugmug.com.evil.com/',
    'https://api.smugmug.com@evil.com/',
    'https://127.0.0.1/',
    'https://photos.example.com/',
  ]
  for (const address of strangers) assert.equal(allowed(address, smugmug), false, address)
  assert.equal(allowed('http://127.0.0.1:5678/photo', 'http://127.0.0.1:1234'), true)
  assert.equal(allowed('http://localhost:1234/photo', 'http://127.0.0.1:1234'), false)
  assert.equal(allowed('http://proxy.home/photo', 'https://proxy.home'), false)
  assert.equal(allowed('https://proxy.home:444/photo', 'https://proxy.home'), true)
})

test('an API address is counted by its kind, without keys and names', () => {
  for (const [path, kind] of [
    ['/api/v2!authuser', '!authuser'],
    ['/api/v2/album/SJT3DX!images', 'album!images'],
    ['/api/v2/user/cmac!albums', 'user!albums'],
    ['/api/v2/node/X4n9qp!children', 'node!children'],
    ['/api/v2/image/jPPKD2c-1!largestvideo', 'image!largestvideo'],
    ['/services/oauth/1.0a/getRequestToken', 'getRequestToken'],
    ['/elsewhere', 'other'],
  ] as const) {
    assert.equal(endpointOf(path), kind)
  }
})

test('a file is named by its last segment, for its whole address opens it to anybody', () => {
  const file = new URL('https://photos.smugmug.com/Trip/i-K/0/sIgNaTuRe/D/a-D.jpg')
  assert.equal(displayName(file, false), 'a-D.jpg')
  assert.equal(displayName(new URL('https://photos.smugmug.com/'), false), 'a file')
  assert.equal(
    displayName(new URL('https://api.smugmug.com/api/v2/album/K!images?start=101&count=100'), true),
    '/api/v2/album/K!images from 101',
  )
  assert.equal(displayName(new URL('https://api.smugmug.com/api/v2/album/K!images?start=1'), true), '/api/v2/album/K!images')
})
