/** Writes the list of all that is in the image: that of the program, and the libraries of Debian. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifest } from '../executables/workshop.ts'
import { librariesFor, type Processor } from './libraries.ts'

interface Bill {
  readonly serialNumber: string
  readonly metadata: { readonly timestamp: string; readonly component: object }
  readonly components: readonly object[]
}

/** Writes the bill for a processor beside the image, from the one of the archive. */
export function writeBill(
  processor: Processor,
  { from, output, name, epoch }: { readonly from: string; readonly output: string; readonly name: string; readonly epoch: number },
): void {
  const path = join(from, `${manifest.name}-${manifest.version}-${processor.target}.cdx.json`)
  const bill = JSON.parse(readFileSync(path, 'utf8')) as Bill
  const libraries = librariesFor(processor).map(({ name, version, sha256 }) => {
    const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${processor.name}`
    return { type: 'library', 'bom-ref': purl, name, version, purl, hashes: [{ alg: 'SHA-256', content: sha256 }] }
  })
  const { component } = bill.metadata
  const whole = {
    ...bill,
    metadata: { timestamp: new Date(epoch * 1000).toISOString(), component: { ...component, type: 'container' } },
    components: [...bill.components, ...libraries],
  }
  const digest = createHash('sha256').update(JSON.stringify(whole)).digest('hex')
  const serialNumber = `urn:uuid:${digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5')}`
  writeFileSync(join(output, `${name}-${processor.name}.cdx.json`), `${JSON.stringify({ ...whole, serialNumber }, null, 2)}\n`)
}
