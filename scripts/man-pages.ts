/** The manual pages, made of the tables of commands, options, exit codes and settings. */
import { COMMANDS, type CommandRow } from '../src/cli/command-table.ts'
import { EXIT_CODES } from '../src/cli/exit-codes.ts'
import { OPTIONS, type OptionRow, takes } from '../src/cli/options.ts'
import { type Setting, sections } from '../src/config/setting.ts'
import { retiredKeys, settingRows, variableOf } from '../src/config/settings.ts'
import { argument, escaped, literal, prose, tagged } from './mdoc.ts'

/** The day of the last release, or of the last change of the wording: mdoc wants one, and a build must be the same every day. */
const DATE = 'November 28, 2026'

const page = (title: string, section: number, parts: readonly string[]): string =>
  [
    `.\\" Made by "npm run docs" from the tables in src: change them there.`,
    `.Dd ${DATE}`,
    `.Dt ${title} ${section}`,
    '.Os',
    '.nh',
    ...parts,
    '',
  ].join('\n')

const optionItem = (row: OptionRow): readonly [string, string] => {
  const mayHave = row.mayHave === undefined ? '' : ` Ns Oo = Ns Ar ${argument(row.mayHave)} Oc`
  const value = row.value === undefined ? mayHave : ` Ar ${argument(row.value)}`
  const also = (row.also ?? []).map((spelling) => `Fl ${escaped(spelling.slice(1))} , `).join('')
  return [`${also}Fl \\-${escaped(row.name)}${value}`, prose(row.help)]
}

const shared = OPTIONS.filter((row) => row.commands === 'all')

const commandText = (row: CommandRow): string => {
  const own = OPTIONS.filter((option) => option.commands !== 'all' && takes(row.name, option))
  return [
    `.Ss ${row.name}${row.operand === undefined ? '' : ` ${row.operand}`}`,
    prose(row.description),
    ...(own.length === 0 ? [] : [tagged(own.map(optionItem))]),
  ].join('\n')
}

/** Returns the source of smugmug-backup(1). */
export const programPage = (): string =>
  page('SMUGMUG-BACKUP', 1, [
    '.Sh NAME',
    '.Nm smugmug-backup',
    '.Nd a complete, verified copy of a SmugMug account',
    '.Sh SYNOPSIS',
    '.Nm',
    '.Op Ar command',
    '.Op Ar options',
    '.Sh DESCRIPTION',
    prose(
      'Backs up a SmugMug account into a folder, the vault: every original, every video and every word, in plain folders, each file proven by size and MD5. Without a command it backs up. Every option may stand before or after the command, with a blank or `=` before its value, with one dash or two. The word after an option that takes a value is its value; after `--` no word is an option.',
    ),
    '.Sh COMMANDS',
    ...COMMANDS.map(commandText),
    '.Sh OPTIONS',
    'Every command takes these options.',
    tagged(shared.map(optionItem)),
    '.Sh ENVIRONMENT',
    tagged([
      [
        `Ev SMGMG_BK_ Ns Ar KEY`,
        'Gives the setting of that name, in capitals: see\n.Xr smugmug-backup.toml 5 .\nThe command line counts before it, and it counts before the configuration file.',
      ],
      ['Ev SMGMG_BK_ Ns Ar KEY Ns Ev _FILE', 'Names a file that holds the secret.'],
      ['Ev BROWSER', 'The browser for signing in.'],
      ['Ev DEBUG', prose('`1` means `--verbose`.')],
      ['Ev NO_COLOR', prose('`1` means `--no-color`.')],
      ['Ev HTTPS_PROXY , HTTP_PROXY , NO_PROXY', 'The proxy to use, and the hosts to reach without it.'],
      ['Ev SMUGMUG_BACKUP_RELEASES', prose('The address that `--version --check` asks, in place of the one at GitHub.')],
      ['Ev TZ', 'The time zone of timetables.'],
    ]),
    '.Sh FILES',
    tagged([
      [
        'Pa \\(ti/.smgmg/config.toml',
        'The configuration file. Without it\n.Pa config.toml\nin the working folder is read.'.replace('file. Without', 'file.\nWithout'),
      ],
      ['Pa .smugmug\\-backup/', 'In the vault: the catalogue, checksum files, reports, and what was replaced or went to the trash.'],
      ['Pa README.txt', 'In the vault: how to read it without this program.'],
    ]),
    '.Sh EXIT STATUS',
    tagged(EXIT_CODES.map(([code, meaning]) => [String(code), prose(meaning)])),
    '.Sh EXAMPLES',
    tagged(COMMANDS.flatMap(({ examples }) => examples).map(([command, does]) => [`Li ${argument(command)}`, prose(does)])),
    '.Sh SEE ALSO',
    '.Xr smugmug-backup.toml 5',
  ])

const settingItem = (row: Setting<unknown>): readonly [string, string] => [
  `Ic ${escaped(row.key)}`,
  [
    prose(row.doc),
    prose(`Takes ${row.kind.takes}.`),
    ...(row.preset === undefined ? [] : [prose(`Default: \`${JSON.stringify(row.preset)}\`.`)]),
    ...(row.flag === undefined ? [] : [prose(`Option: \`${row.flag.name} ${row.flag.value}\`${row.kind.list ? ', repeatable' : ''}.`)]),
    prose(`Environment: \`${variableOf(row)}\`${row.kind.secret ? `, or a file that holds it: \`${variableOf(row)}_FILE\`` : ''}.`),
  ].join('\n'),
]

/** Returns the source of smugmug-backup.toml(5). */
export const settingsPage = (): string =>
  page('SMUGMUG-BACKUP.TOML', 5, [
    '.Sh NAME',
    '.Nm smugmug-backup.toml',
    '.Nd configuration of smugmug\\-backup',
    '.Sh DESCRIPTION',
    prose(
      'The configuration of smugmug-backup is a TOML file. It is the one that `--config` names, else `~/.smgmg/config.toml`, else `config.toml` in the working folder. No file is needed when the environment gives everything. The command line counts before the environment, the environment before the file. An unknown key is an error. The file holds secrets: nobody else should be able to read it.',
    ),
    ...sections.flatMap((section) => [
      `.Sh ${section.toUpperCase()}`,
      `Keys of the section\n.Ic [${section}] .`,
      tagged([
        ...settingRows.filter((row) => row.section === section).map(settingItem),
        ...retiredKeys
          .filter((row) => row.section === section)
          .map(({ key, reason }) => [`Ic ${escaped(key)}`, prose(`Deprecated and without effect: ${reason}.`)] as const),
      ]),
    ]),
    '.Sh FILES',
    tagged([['Pa \\(ti/.smgmg/config.toml', 'The configuration file of a person.']]),
    '.Sh EXAMPLES',
    literal(
      '[authentication]\napi_key = "the key of your application"\napi_secret = "its secret"\n\n[store]\ndestination = "/mnt/photos"\nwrite_csv = true\nexclude = ["Private/**"]',
    ),
    '.Sh SEE ALSO',
    '.Xr smugmug-backup 1',
  ])

/** The manual pages by their path in the repository. */
export const manPages: Readonly<Record<string, () => string>> = {
  'man/smugmug-backup.1': programPage,
  'man/smugmug-backup.toml.5': settingsPage,
}
