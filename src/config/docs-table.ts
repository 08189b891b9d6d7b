import { type CopyRow, copyRows, copyVariableOf } from './copy-settings.ts'
import { type Section, type Setting, sections } from './setting.ts'
import { retiredKeys, settingRows, settingsTable, variableOf } from './settings.ts'

const introduction = `# Settings

<!-- Made by \`node scripts/write-docs.ts\` from src/config/settings.ts: change it there. -->

Settings come from three places. The command line counts before the environment, the environment before the configuration file.

The configuration file is TOML. The first of these that exists is read, and only that one:

1. the file that \`-cfg\` or \`--config\` names, or the \`config.toml\` in that folder. If there is none, the program ends with exit code 2;
2. \`$HOME/.smgmg/config.toml\`;
3. \`config.toml\` in the working folder.

No file is needed when the environment gives everything.

- A key of \`[authentication]\`, \`[store]\` and \`[http]\` may also stand above all sections, as in early versions; if both are given, the section counts.
- Keys and sections may be written in capitals or small letters.
- Booleans and numbers may be written as texts: \`"true"\`, \`"1"\`, \`"10"\`.
- A list may be written as one text with commas: \`"xmp"\`, \`"Travel/**, Family/**"\`.
- An empty value counts as absent.
- An unknown key is an error: a mistyped setting is never ignored.
- The file holds secrets: let nobody else read it (\`chmod 600\`). The program warns when others can.
- On Windows a backslash must be doubled: \`"C:\\\\Photos"\`. A slash works too: \`"C:/Photos"\`.`

const example = `## Example

\`\`\`toml
[authentication]
api_key = "the key of your application"
api_secret = "its secret"
user_token = "written by smugmug-backup login"
user_secret = "written by smugmug-backup login"

[store]
destination = "/mnt/photos"
file_names = "{{.FileName}}"
write_csv = true
sidecars = ["xmp"]
exclude = ["Private/**"]
limit_rate = "08:00-23:00 2M"
\`\`\``

const environment = `## Environment

Every key has an environment variable: \`SMGMG_BK_\` and the key in capitals (for \`[service]\`, \`[web]\`, \`[notify]\`, \`[encryption]\` and \`[s3]\` with the name of the section before it: \`${variableOf(settingsTable.serviceEvery)}\`), such as \`${variableOf(settingsTable.destination)}\`. Secrets can also come
from a file, named by the variable with \`_FILE\` at its end: \`${variableOf(settingsTable.apiSecret)}_FILE=/run/secrets/smugmug\` (Docker secrets, systemd
credentials). The file holds the secret alone, on one line; a pipe works too, such as the shell makes for \`<(…)\`. Quotation marks count as part of a value, so leave them out. When both are set, the variable without \`_FILE\` counts, and the program says so. An unknown variable
that begins with \`SMGMG_BK_\` gives a warning.

\`HTTPS_PROXY\`, \`HTTP_PROXY\` and \`NO_PROXY\` are followed; an address without \`http://\` is taken for an http one. SOCKS proxies are refused.`

const accounts = `## Several accounts

One file can hold several accounts. A table \`[account.NAME]\` takes every key of \`[authentication]\` and \`[store]\`, flat or in sections of its own
(\`[account.NAME.store]\`); it counts before the rest of the file, which holds for all accounts.

\`\`\`toml
[authentication]
api_key = "the key of your application"
api_secret = "its secret"

[account.weddings]
user_token = "written by smugmug-backup login --account weddings"
user_secret = "written by smugmug-backup login --account weddings"
destination = "/mnt/photos/weddings"

[account.family]
user_token = "written by smugmug-backup login --account family"
user_secret = "written by smugmug-backup login --account family"
destination = "/mnt/photos/family"
\`\`\`

Choose one with \`--account weddings\`, or all with \`--account all\`. Without \`--account\` the keys above the accounts are used if they
are complete by themselves (keys, tokens and destination). The environment and the command line hold for every account.`

const copies = `## [copy.NAME]

Each such section is a further copy of the vault, under a name of your choice: see [copies](copies.md). With several accounts it stands below its account, as \`[account.NAME.copy.NAME]\`. The keys of the last two lines stand in \`[copy.NAME.encryption]\`.

| key | takes | default | what it does | environment, for \`[copy.usb]\` |
|---|---|---|---|---|
`

const cell = (text: string): string => text.replaceAll('|', '\\|')

const presetText = ({ preset }: Pick<Setting<unknown>, 'preset'>): string => (preset === undefined ? '' : `\`${JSON.stringify(preset)}\``)

const optionText = ({ flag, kind }: Setting<unknown>): string =>
  flag === undefined ? '' : ` Option: \`${flag.name} ${flag.value}\`${kind.list ? ', repeatable' : ''}.`

const copyLine = (row: CopyRow): string =>
  `| ${[`\`${row.key}\``, row.kind.takes.replaceAll('*', '\\*'), presetText(row), row.doc, `\`${copyVariableOf('usb', row)}\``].map(cell).join(' | ')} |`

const variableText = (row: Setting<unknown>): string => `\`${variableOf(row)}\`${row.kind.secret ? `, \`${variableOf(row)}_FILE\`` : ''}`

const line = (row: Setting<unknown>): string =>
  `| ${[`\`${row.key}\``, row.kind.takes.replaceAll('*', '\\*'), presetText(row), row.doc + optionText(row), variableText(row)].map(cell).join(' | ')} |`

const notes: { readonly [Name in Section]?: readonly string[] } = {
  service: [
    'The clock of [`smugmug-backup service`](automation.md#the-service), which keeps the vault current by itself. These keys stand in their section only.',
    'Give `every` or `schedule`, not both.',
    '',
  ],
  encryption: ['Keys of a vault whose files are sealed with age: see [encryption](encryption.md). They stand in their section only.', ''],
  fleet: [
    'Many accounts on many machines: see [fleet](fleet.md). These keys stand in their section only.',
    '`[fleet.secrets.NAME]` says where the four keys of an account are: `config` names a file that has them, `command` is a command line that prints them.',
    '',
  ],
  s3: ['The server of a vault in a bucket: see [a vault in a bucket](bucket.md). They stand in their section only.', ''],
  notify: ['The ways to tell you of trouble: see [notifications](notifications.md). They stand in their section only.', ''],
}

const sectionText = (section: (typeof sections)[number]): string => {
  const retired = retiredKeys.filter((row) => row.section === section)
  return [
    `## [${section}]`,
    '',
    ...(notes[section] ?? []),
    '| key | takes | default | what it does | environment |',
    '|---|---|---|---|---|',
    ...settingRows.filter((row) => row.section === section).map(line),
    ...retired.map((row) => `| \`${row.key}\` | | | Deprecated and without effect: ${row.reason}. | \`${variableOf(row)}\` |`),
  ].join('\n')
}

/** Returns the manual page of all settings, docs/settings.md, in Markdown. */
export const settingsMarkdown = (): string =>
  `${[introduction, ...sections.map(sectionText), copies + copyRows.map(copyLine).join('\n'), environment, example, accounts].join('\n\n')}\n`
