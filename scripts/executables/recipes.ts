/** Writes the recipes of package managers, which name released files by address and checksum. */
import { TARGETS, type Target } from './targets.ts'
import { manifest } from './workshop.ts'

/** The name of the archive of a target, and its SHA-256. */
export interface Released {
  readonly target: string
  readonly file: string
  readonly sha256: string
}

const SHORT = 'Complete, verified copy of a SmugMug account in plain folders'
const IDENTIFIER = 'smugmug-backup.smugmug-backup'
const WINGET_FORM = '1.9.0'

/** Returns the recipes by file name. Only those whose systems have all been built are among them. */
export function recipes(released: readonly Released[]): ReadonlyMap<string, string> {
  const of = (os: readonly Target['os'][]): readonly Place[] | undefined => {
    const targets = TARGETS.filter((target) => os.includes(target.os))
    const places = targets.flatMap((target) => {
      const found = released.find((each) => each.target === target.name)
      return found === undefined ? [] : [{ ...target, ...found, url: addressOf(found.file) }]
    })
    return places.length === targets.length ? places : undefined
  }
  const [brewed, got] = [of(['darwin', 'linux']), of(['win32'])]
  return new Map([
    ...(brewed === undefined ? [] : ([['homebrew/smugmug-backup.rb', formula(brewed)]] as const)),
    ...(got === undefined ? [] : wingetFiles(got)),
  ])
}

interface Place extends Omit<Target, 'node'>, Released {
  readonly target: string
  readonly url: string
}

const addressOf = (file: string): string => `${manifest.homepage}/releases/download/v${manifest.version}/${file}`

const HOMEBREW_OS = { darwin: 'on_macos', linux: 'on_linux', win32: '' } as const
const HOMEBREW_CPU = { arm64: 'on_arm', x64: 'on_intel' } as const

const formula = (places: readonly Place[]): string => `class SmugmugBackup < Formula
  desc "${SHORT}"
  homepage "${manifest.homepage}"
  version "${manifest.version}"
  license "${manifest.license}"

${(['darwin', 'linux'] as const)
  .map(
    (os) => `  ${HOMEBREW_OS[os]} do
${places
  .filter((place) => place.os === os)
  .map(
    ({ cpu, url, sha256 }) => `    ${HOMEBREW_CPU[cpu]} do
      url "${url}"
      sha256 "${sha256}"
    end`,
  )
  .join('\n')}
  end`,
  )
  .join('\n\n')}

  def install
    libexec.install Dir["*"]
    bin.install_symlink libexec/"smugmug-backup"
    man1.install_symlink libexec/"man/smugmug-backup.1"
    man5.install_symlink libexec/"man/smugmug-backup.toml.5"
    bash_completion.install_symlink libexec/"completions/smugmug-backup.bash" => "smugmug-backup"
    zsh_completion.install_symlink libexec/"completions/_smugmug-backup"
    fish_completion.install_symlink libexec/"completions/smugmug-backup.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/smugmug-backup --version")
    system bin/"smugmug-backup", "demo", "--destination", testpath/"demo"
  end
end
`

const wingetFiles = (places: readonly Place[]): readonly (readonly [string, string])[] => [
  [
    `winget/${IDENTIFIER}.yaml`,
    winget(
      'version',
      `DefaultLocale: en-US
`,
    ),
  ],
  [
    `winget/${IDENTIFIER}.locale.en-US.yaml`,
    winget(
      'defaultLocale',
      `PackageLocale: en-US
Publisher: The smugmug-backup authors
PackageName: ${manifest.name}
PackageUrl: ${manifest.homepage}
License: ${manifest.license}
ShortDescription: ${SHORT}
Tags:
  - backup
  - photos
  - smugmug
`,
    ),
  ],
  [
    `winget/${IDENTIFIER}.installer.yaml`,
    winget(
      'installer',
      `InstallerType: zip
NestedInstallerType: portable
Commands:
  - smugmug-backup
Installers:
${places
  .map(
    ({ cpu, url, sha256, file }) => `  - Architecture: ${cpu}
    InstallerUrl: ${url}
    InstallerSha256: ${sha256.toUpperCase()}
    NestedInstallerFiles:
      - RelativeFilePath: ${file.replace(/\.zip$/, '')}\\smugmug-backup.exe
        PortableCommandAlias: smugmug-backup
`,
  )
  .join('')}`,
    ),
  ],
]

const winget = (
  type: string,
  body: string,
): string => `# yaml-language-server: $schema=https://aka.ms/winget-manifest.${type}.${WINGET_FORM}.schema.json
PackageIdentifier: ${IDENTIFIER}
PackageVersion: ${manifest.version}
${body}ManifestType: ${type}
ManifestVersion: ${WINGET_FORM}
`
