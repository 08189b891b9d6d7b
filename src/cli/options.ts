import type { Overrides } from '../config/load.ts'
import { parseDuration } from '../config/schedule.ts'
import { type SettingName, settingRows } from '../config/settings.ts'
import { parseCount, parsePort, parseShare } from './values.ts'

/** The name of a command. */
export type CommandName =
  | 'backup'
  | 'setup'
  | 'login'
  | 'list'
  | 'status'
  | 'history'
  | 'verify'
  | 'export'
  | 'adopt'
  | 'copy'
  | 'proof'
  | 'rebuild'
  | 'diff'
  | 'checkout'
  | 'prune'
  | 'restore'
  | 'handover'
  | 'leave'
  | 'twin'
  | 'web'
  | 'service'
  | 'key'
  | 'fleet'
  | 'demo'
  | 'completion'

/** The options of one invocation. Absent means not given. */
export interface Options {
  /** Settings given on the command line, as text: the configuration checks their values. */
  readonly overrides: Overrides
  readonly config?: string
  readonly account?: string
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly color: boolean
  readonly dryRun?: boolean
  readonly full?: boolean
  readonly acceptChanges?: boolean
  /** False leaves the further copies for another time. */
  readonly copies?: boolean
  /** A port for its page, or `true` for the usual one. */
  readonly stats?: true | number
  /** A fraction, over 0 and at most 1. */
  readonly sample?: number
  /** Milliseconds. */
  readonly maxDuration?: number
  /** The days in which every file is read. */
  readonly days?: number
  readonly remote?: boolean
  readonly content?: boolean
  /** The most runs to list. */
  readonly limit?: number
  readonly all?: boolean
  readonly item?: string
  readonly format?: 'csv' | 'jsonl' | 'xmp'
  readonly vanished?: boolean
  readonly output?: string
  /** The public half of a second key, for `key new`. */
  readonly second?: string
  /** Must sidecars be written into the vault? */
  readonly sidecars?: boolean
  /** The address of the twin that old addresses lead to. */
  readonly to?: string
  readonly console?: boolean
  readonly print?: boolean
  /** Sign in for `restore`. */
  readonly write?: boolean
  readonly open?: boolean
  /** The folder at SmugMug that everything goes into. */
  readonly into?: string
  /** Second names in place of copies. */
  readonly link?: boolean
  readonly keepPrivate?: boolean
  /** A run or a day. */
  readonly at?: string
  /** The folder of a public twin. */
  readonly public?: string
  readonly remove?: boolean
  /** False leaves out the page of the service. */
  readonly web?: boolean
  /** Ask the running service whether all is well; or, with --version, whether there is a newer one. */
  readonly check?: boolean
}

/** One option of the command line. */
export interface OptionRow {
  /** The long name, without dashes. */
  readonly name: string
  /** Its other spellings: one letter, or the one-dash form of the Go program. One dash before any long name is understood as well. */
  readonly also?: readonly string[]
  /** The name of its value in help texts, or its only values, with `|` between; an option without one is a switch. */
  readonly value?: string
  /** The name of a value that a switch may have after `=`. `parse` reads it. */
  readonly mayHave?: string
  /** The commands that take it. */
  readonly commands: 'all' | readonly CommandName[]
  readonly help: string
  /** The setting that it stands for, whose table checks the value. */
  readonly setting?: SettingName
  /** Turns the text into the value; undefined refuses it. */
  readonly parse?: (text: string) => unknown
  /** The form of a good value, for the message of a refusal. */
  readonly expected?: string
  /** True if it may be given several times; the values are collected. */
  readonly repeatable?: boolean
}

/** Reads one of a few words, in any case, as the settings do. */
const oneOf =
  (...choices: readonly string[]) =>
  (text: string): string | undefined =>
    choices.find((choice) => choice === text.trim().toLowerCase())

const firstSentence = (text: string): string => text.split(/(?<=\.)\s/)[0] ?? text

/** The commands that take a setting, other than backup alone. */
const TAKEN_BY: { readonly [Name in SettingName]?: OptionRow['commands'] } = {
  destination: 'all',
  album: ['backup', 'list', 'export', 'checkout', 'restore'],
  exclude: ['backup', 'list', 'export', 'checkout', 'restore'],
  type: ['backup', 'export'],
  since: ['backup', 'export'],
  until: ['backup', 'export'],
  keyword: ['backup', 'export'],
  webPort: ['web', 'service', 'fleet'],
  webListen: ['web', 'service', 'fleet'],
  fleetJobs: ['fleet'],
  serviceEvery: ['service'],
  serviceSchedule: ['service'],
  serviceVerifyDays: ['service'],
}

/** The options that stand for a setting. Every command takes `--destination`; most others are for a backup. */
const settingOptions: readonly OptionRow[] = settingRows.flatMap(({ name, flag, kind, doc }) =>
  flag === undefined
    ? []
    : [
        {
          name: flag.name.replace(/^--/, ''),
          value: flag.value,
          setting: name,
          commands: TAKEN_BY[name] ?? (['backup'] as const),
          help: `${firstSentence(doc).replaceAll('`', '')}${kind.list ? ' Repeatable.' : ''}`,
          repeatable: kind.list ?? false,
        },
      ],
)

/** The command line's options: the one table that parsing, help and the error messages are made of. */
export const OPTIONS: readonly OptionRow[] = [
  {
    name: 'dry-run',
    commands: ['backup', 'prune', 'restore', 'handover', 'fleet'],
    help: 'Show what would be done and why; write nothing anywhere.',
  },
  { name: 'full', commands: ['backup'], help: 'List every album and the folder tree, also where nothing seems to have changed.' },
  {
    name: 'accept-changes',
    commands: ['backup', 'copy', 'restore', 'fleet'],
    help: 'Go on although far more vanished or was replaced than is plausible; or although the account holds much that the vault does not know. copy: also make a copy of a vault that lies in its place. fleet run: for the next backup of the account.',
  },
  { name: 'no-copies', commands: ['backup'], help: 'Leave the further copies for another time.' },
  { name: 'into', value: 'PATH', commands: ['restore'], help: 'Put everything into this folder of the account, such as /Old/2019.' },
  { name: 'at', value: 'WHEN', commands: ['restore'], help: 'Put back the account as it was after this run, or at the end of this day.' },
  { name: 'keep-private', commands: ['restore'], help: 'Leave everything private, whoever could see it before.' },
  {
    name: 'stats',
    also: ['-stats'],
    mayHave: 'PORT',
    commands: ['backup'],
    help: 'Show the run as it goes at http://localhost:6060/, or at another port, and add calls, speed and memory to the summary.',
    parse: parsePort,
    expected: 'a port from 2 to 65535 after =, such as --stats=7070, or nothing',
  },
  ...settingOptions.filter((row) => row.commands !== 'all'),
  {
    name: 'sample',
    value: 'PERCENT',
    commands: ['verify'],
    help: 'Hash only this share of the files, such as 5%.',
    parse: parseShare,
    expected: 'a percentage such as 5%',
  },
  {
    name: 'max-duration',
    value: 'TIME',
    commands: ['verify'],
    help: 'Stop after this long, such as 30m or 1h30m; the next run goes on from there.',
    parse: parseDuration,
    expected: 'a time such as 30m or 1h30m',
  },
  {
    name: 'days',
    value: 'N',
    commands: ['verify'],
    help: 'Read the share of a day, so that every file is read within this many days; the next run goes on from there.',
    parse: parseCount,
    expected: 'a whole number from 1',
  },
  {
    name: 'limit',
    value: 'N',
    commands: ['history'],
    help: 'List at most this many runs; the default is 30.',
    parse: parseCount,
    expected: 'a whole number from 1',
  },
  {
    name: 'all',
    commands: ['history', 'handover', 'fleet'],
    help: 'history: list every run. handover redirects: also what strangers did not see. fleet status: list the accounts that are well, too.',
  },
  { name: 'sidecars', commands: ['handover'], help: 'Also write XMP sidecars beside the photos in the vault, as the target reads them.' },
  {
    name: 'to',
    value: 'ADDRESS',
    commands: ['handover'],
    help: 'handover redirects: the address of the twin, if it is on another server.',
  },
  {
    name: 'item',
    value: 'PATH',
    commands: ['history', 'checkout'],
    help: 'Only this photo or video, by its path, its address at SmugMug, or its key: history shows its life, checkout brings it back.',
  },
  {
    name: 'link',
    commands: ['checkout'],
    help: 'Give files a second name in place of a copy: they take no room, but editing one changes the vault.',
  },
  { name: 'remote', commands: ['verify'], help: 'Compare with the account as well.' },
  { name: 'content', commands: ['verify'], help: 'Read every file of a bucket, too, instead of comparing what its server states.' },
  {
    name: 'format',
    value: 'csv|jsonl|xmp',
    commands: ['export'],
    help: 'The format to write; the default is csv.',
    parse: oneOf('csv', 'jsonl', 'xmp'),
    expected: 'csv, jsonl or xmp',
  },
  { name: 'vanished', commands: ['export'], help: 'Only the items that are gone from SmugMug and kept in the vault.' },
  {
    name: 'output',
    value: 'FILE|DIR',
    commands: ['export', 'handover', 'twin', 'checkout', 'key'],
    help: 'export: write to this file; - or no --output means standard output. handover: write everything into this folder. twin: write the twin, with a copy of every photo, into this folder. checkout: write into this new or empty folder. key new: write the private key into this new file.',
  },
  {
    name: 'second',
    value: 'RECIPIENT',
    commands: ['key'],
    help: 'Instead of a paper key: the public half (age1…) of a second key that you keep elsewhere.',
  },
  { name: 'write', commands: ['login'], help: 'Get the tokens with which restore may write to the account: write_token, write_secret.' },
  { name: 'console', commands: ['login', 'setup'], help: 'Print the address and read the six-digit code, without opening a browser.' },
  { name: 'open', commands: ['web', 'service'], help: 'Open the page in the browser.' },
  { name: 'no-web', commands: ['service'], help: 'Run without the page: only /healthz and /metrics, for this machine alone.' },
  { name: 'print', commands: ['login'], help: 'Print the tokens as environment variables; change no file.' },
  { name: 'remove', commands: ['twin'], help: 'Take away what twin wrote, and nothing else.' },
  {
    name: 'public',
    value: 'DIR',
    commands: ['twin'],
    help: 'Write a copy of its own into this folder, with only what SmugMug shows to strangers.',
  },
  {
    name: 'config',
    also: ['-cfg'],
    value: 'FILE|DIR',
    commands: 'all',
    help: 'The configuration file, or the folder of config.toml. Also -cfg.',
  },
  ...settingOptions.filter((row) => row.commands === 'all'),
  { name: 'account', value: 'NAME', commands: 'all', help: 'Which account of the configuration.' },
  { name: 'json', commands: 'all', help: 'One JSON line per event on standard output, a summary last.' },
  { name: 'quiet', commands: 'all', help: 'Print only what went wrong.' },
  { name: 'verbose', commands: 'all', help: 'Print every item, every retry and more. Also DEBUG=1.' },
  { name: 'no-color', commands: 'all', help: 'No colours. Also NO_COLOR=1.' },
  { name: 'version', also: ['-V', '-version'], commands: 'all', help: 'Print the version.' },
  {
    name: 'check',
    commands: 'all',
    help: 'service: ask the one that runs whether all is well, exit code 0 or 1. With --version: also ask GitHub whether there is a newer one. Nothing else ever asks.',
  },
  { name: 'help', also: ['-h', '-help'], commands: 'all', help: 'Print the help of the program, or of a command.' },
]

/** Returns true if the command takes the option. */
export const takes = (command: CommandName, row: Pick<OptionRow, 'commands'>): boolean =>
  row.commands === 'all' || row.commands.includes(command)
