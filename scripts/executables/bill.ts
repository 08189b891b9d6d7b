/** Writes the list of all that is in an executable: a bill of materials in the form of CycloneDX. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Package, packagesIn } from './packages.ts'
import type { Target } from './targets.ts'
import { manifest } from './workshop.ts'

/** Returns the bill for a target. `packages` is the installation that was used, `epoch` the time in seconds since 1970. */
export function billOf(target: Target, { packages, epoch }: { readonly packages: string; readonly epoch: number }): string {
  const own = `pkg:npm/${manifest.name}@${manifest.version}`
  const { node } = target
  const runtime = `pkg:generic/node@${node.version}?os=${node.system}`
  const inside = packagesIn(packages)
  const refs = Map.groupBy(
    inside.map((each) => ({ name: each.name, ref: refOf(each) })),
    ({ name }) => name,
  )
  const needs = (names: readonly string[]): readonly string[] =>
    names.flatMap((name) => refs.get(name)?.map(({ ref }) => ref) ?? []).toSorted()
  const direct = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies })
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: new Date(epoch * 1000).toISOString(),
      component: {
        type: 'application',
        'bom-ref': own,
        name: manifest.name,
        version: manifest.version,
        purl: own,
        licenses: licenses(manifest.license),
        properties: [{ name: 'smugmug-backup:target', value: target.name }],
      },
    },
    components: [
      {
        type: 'platform',
        'bom-ref': runtime,
        name: 'node',
        version: node.version,
        purl: runtime,
        hashes: [{ alg: 'SHA-256', content: node.sha256 }],
        licenses: licenses('MIT'),
      },
      ...inside.map((each) => ({
        type: 'library',
        'bom-ref': refOf(each),
        name: each.name,
        version: each.version,
        purl: refOf(each),
        licenses: licenses(each.license),
        ...(builtInto(each).length > 0 && { components: builtInto(each) }),
      })),
    ],
    dependencies: [
      { ref: own, dependsOn: [runtime, ...needs(direct)] },
      { ref: runtime },
      ...inside.map((each) => ({ ref: refOf(each), dependsOn: needs(each.needs) })),
    ],
  }
  // The number must be the same for the same contents.
  const digest = createHash('sha256').update(JSON.stringify(bill)).digest('hex')
  const serial = digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5')
  const { bomFormat, specVersion, ...rest } = bill
  return `${JSON.stringify({ bomFormat, specVersion, serialNumber: `urn:uuid:${serial}`, ...rest }, null, 2)}\n`
}

/** Returns the libraries that are built into a package: those of libvips have their versions in a file. */
function builtInto({ folder }: Package): readonly object[] {
  const path = join(folder, 'versions.json')
  if (!existsSync(path)) return []
  const versions = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, string>>
  return Object.entries(versions).map(([name, version]) => {
    const purl = `pkg:generic/${name}@${version}`
    return { type: 'library', 'bom-ref': purl, name, version, purl }
  })
}

const refOf = ({ name, version }: Package): string => `pkg:npm/${name.replace('@', '%40')}@${version}`

/** Returns a license as CycloneDX wants it: one name, or an expression of several. */
const licenses = (text: string): readonly object[] =>
  / (?:AND|OR|WITH) /.test(text) ? [{ expression: text }] : [{ license: { id: text } }]
