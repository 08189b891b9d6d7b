/** Images in the form of the Open Container Initiative, as a folder. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Index {
  readonly manifests: readonly { readonly platform?: { readonly architecture: string } }[]
}

/** Gives the image for one processor a name of its own, for tools that cannot choose among several. Returns its reference. */
export function chooseImage(
  layout: string,
  { digest, architecture, name }: { readonly digest: string; readonly architecture: string; readonly name: string },
): object {
  const all = JSON.parse(readFileSync(join(layout, 'blobs', ...digest.split(':')), 'utf8')) as Index
  const found = all.manifests.find(({ platform }) => platform?.architecture === architecture)
  if (found === undefined) throw new Error(`There is no image for ${architecture}.`)
  const path = join(layout, 'index.json')
  const index = JSON.parse(readFileSync(path, 'utf8')) as Index
  const named = { ...found, annotations: { 'org.opencontainers.image.ref.name': name } }
  writeFileSync(path, JSON.stringify({ ...index, manifests: [...index.manifests, named] }))
  return found
}
