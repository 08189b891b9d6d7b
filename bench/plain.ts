/**
 * Measures the cost of hashing and flushing on this platform: the least time for a program that fetches addresses with our HTTP library,
 * hashes the bytes as we do (MD5 and SHA-256), and flushes each file before it gives it its name. It lists, signs, compares and remembers nothing.
 *
 * `node bench/plain.ts LIST FOLDER`: LIST is a file with one address a line.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Agent, request } from 'undici'

const AT_ONCE = 32
const WRITTEN_AT_ONCE = 1 << 20

const [list = '', folder = ''] = process.argv.slice(2)
const addresses = readFileSync(list, 'utf8').trim().split('\n').entries()
const dispatcher = new Agent({ connections: AT_ONCE, allowH2: false })

async function load(address: string, path: string): Promise<void> {
  const { statusCode, body } = await request(address, { dispatcher })
  if (statusCode !== 200) throw new Error(`${address} answered ${statusCode}`)
  const hashes = [createHash('md5'), createHash('sha256')]
  const file = await open(`${path}.part`, 'wx')
  let pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    for (const hash of hashes) hash.update(piece)
    pieces.push(piece)
    size += piece.length
    if (size < WRITTEN_AT_ONCE) continue
    await file.writev(pieces)
    pieces = []
    size = 0
  }
  if (size > 0) await file.writev(pieces)
  for (const hash of hashes) hash.digest()
  await file.sync()
  await file.close()
  await rename(`${path}.part`, path)
}

async function loader(): Promise<void> {
  for (const [index, address] of addresses) await load(address, join(folder, `${index}.jpg`))
}

await Promise.all(Array.from({ length: AT_ONCE }, loader))
await dispatcher.close()
