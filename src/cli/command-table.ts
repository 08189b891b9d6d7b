import type { CommandName } from './options.ts'

/** The shells that `completion` writes a script for. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const
export type Shell = (typeof SHELLS)[number]

/** The operands of commands, by their name in help. */
export const OPERANDS: Readonly<Record<'DIR' | 'SHELL' | 'RUN', Operand>> = {
  DIR: { noun: 'folder' },
  SHELL: { noun: 'shell', choices: SHELLS },
  RUN: { noun: 'run', optional: true },
}

interface Operand {
  /** The word for it in messages. */
  readonly noun: string
  /** The only values that it takes. */
  readonly choices?: readonly string[]
  /** True if it may be missing. */
  readonly optional?: true
}

/** A command, as help shows it. */
export interface CommandRow {
  readonly name: CommandName
  /** One line in the list of commands. */
  readonly summary: string
  /** The first paragraph of its own help. */
  readonly description: string
  /** The name of its operand in help, for commands that take one. */
  readonly operand?: keyof typeof OPERANDS
  /** Command lines, each with its effect. */
  readonly examples: readonly (readonly [command: string, does: string])[]
}

/** Every command, in the order of help. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'backup',
    summary: 'bring the vault up to date (the default)',
    description:
      'Fetches what is new or changed in the account, proves every file by size and MD5, and names each item that could not be had. Nothing in the vault is removed.',
    examples: [
      ['smugmug-backup', 'back up everything'],
      ['smugmug-backup --dry-run', 'see first what would be done'],
      ['smugmug-backup --album "Travel/**"', 'only these albums'],
      ['smugmug-backup --quiet', 'for cron: silent when all is well'],
    ],
  },
  {
    name: 'setup',
    summary: 'ask for what is missing: key, sign-in, folder, when to run',
    description:
      'Asks at the terminal for what the configuration lacks, writes it into ~/.smgmg/config.toml or the file of --config, and ends with a look at the account: items, bytes and time. Run it again at any time: it shows what is there, and changes nothing else.',
    examples: [
      ['smugmug-backup setup', 'begin here'],
      ['smugmug-backup setup --config /etc/photos.toml', 'in a file of your choice'],
      ['smugmug-backup setup --console', 'on a machine without a display'],
    ],
  },
  {
    name: 'login',
    summary: 'sign in at SmugMug and keep the tokens',
    description:
      'Opens the browser at SmugMug, where you allow this program to read your account, and stores the tokens in the configuration file. At a terminal it then asks for what else is missing, as setup does. Needs your own API key and secret: https://api.smugmug.com/api/developer/apply',
    examples: [
      ['smugmug-backup login', 'sign in with the browser'],
      ['smugmug-backup login --console', 'on a machine without a display'],
      ['smugmug-backup login --print', 'for those who use the environment'],
    ],
  },
  {
    name: 'list',
    summary: 'the album tree with counts and bytes, before any download',
    description:
      'Shows what a backup would hold: every album with its items, its size and what the vault has of it already. Downloads nothing.',
    examples: [
      ['smugmug-backup list', 'show the tree'],
      ['smugmug-backup list --album "Travel/**"', 'only these albums'],
    ],
  },
  {
    name: 'status',
    summary: 'last run, what is held, what is missing and why',
    description:
      'Shows the state of the vault, without asking SmugMug: the last run, what is held, what is missing and why, the size, and what is due next.',
    examples: [['smugmug-backup status', 'how the vault stands']],
  },
  {
    name: 'history',
    operand: 'RUN',
    summary: 'the runs, newest first: when, how they ended, what came and went',
    description:
      'Lists the runs of the vault, newest first, without asking SmugMug: when each was, how it ended, how many items came, changed, moved, went and failed. With RUN, the number of a run or a day such as 2026-11-26 (the last run up to its end), it shows that run in full.',
    examples: [
      ['smugmug-backup history', 'the last 30 runs'],
      ['smugmug-backup history 12', 'one run in full'],
      ['smugmug-backup history 2026-11-26', 'the last one up to that day'],
      ['smugmug-backup history --item Travel/a.jpg', 'the life of one photo'],
    ],
  },
  {
    name: 'verify',
    summary: 're-hash what is held; report missing, damaged, foreign files',
    description:
      'Reads the files of the vault again and compares them with what was proven when they came. What is missing or damaged is fetched again by the next backup.',
    examples: [
      ['smugmug-backup verify', 'read every file'],
      ['smugmug-backup verify --sample 5% --max-duration 30m', 'a slice every night'],
      ['smugmug-backup verify --remote', 'ask the account too'],
    ],
  },
  {
    name: 'export',
    summary: 'metadata as CSV, JSON lines or XMP',
    description: 'Writes what is known of every item: names, texts, keywords, places, checksums.',
    examples: [
      ['smugmug-backup export --output photos.csv', 'a table for a spreadsheet'],
      ['smugmug-backup export --format jsonl | jq .', 'everything, for a script'],
      ['smugmug-backup export --album "Travel/**"', 'some albums'],
      ['smugmug-backup export --vanished', 'what is gone from SmugMug'],
    ],
  },
  {
    name: 'adopt',
    operand: 'DIR',
    summary: 'take what is right, by hash, from a folder elsewhere',
    description:
      'Looks in a folder for files that are, byte for byte, what the account holds and the vault lacks, and copies them in. Saves the download.',
    examples: [['smugmug-backup adopt /mnt/old-backup', 'use an old backup']],
  },
  {
    name: 'proof',
    operand: 'DIR',
    summary: 'which files of a local folder are held byte for byte',
    description:
      'Hashes the files of a folder and shows which of them the vault holds byte for byte, and which it does not. Run it before you delete any.',
    examples: [['smugmug-backup proof ~/Pictures/2019', 'is it safe to delete?']],
  },
  {
    name: 'rebuild',
    summary: 'a new catalogue from the vault itself, without a download',
    description:
      'Makes the catalogue anew from the files and the written-down metadata of the vault. Needed when the catalogue is lost or damaged.',
    examples: [['smugmug-backup rebuild', 'make the catalogue anew']],
  },
  {
    name: 'twin',
    summary: 'a web site of the vault, to look at without this program',
    description:
      'Writes or updates the twin: a web site of your photos that opens from the disk by a double click on index.html, without a server and without this program.',
    examples: [
      ['smugmug-backup twin', 'bring the twin up to date'],
      ['smugmug-backup twin --remove', 'take it away again'],
      ['smugmug-backup twin --public ~/site', 'only what strangers see, to publish'],
    ],
  },
  {
    name: 'web',
    summary: 'the local web page of the vault: its health, its photos, a run as it goes',
    description:
      'Shows the vault in the browser of this computer, and prints the address, which is valid once, for ten minutes. Run it again for a fresh address; Ctrl-C ends it.',
    examples: [
      ['smugmug-backup web --open', 'open the page in the browser'],
      ['smugmug-backup web --port 9000', 'where another program uses the port'],
      ['smugmug-backup web --listen 0.0.0.0', 'for other computers, with a password'],
    ],
  },
  {
    name: 'demo',
    summary: 'everything, against a bundled simulated account: no keys needed',
    description:
      'Backs up a small simulated account into a folder of its own, twice, and shows what the program says of each kind of exception. Touches neither your configuration nor your account.',
    examples: [
      ['smugmug-backup demo', 'see it work'],
      ['smugmug-backup demo --destination /tmp/try', 'choose the folder'],
    ],
  },
  {
    name: 'completion',
    operand: 'SHELL',
    summary: 'a script that lets your shell complete commands and options',
    description:
      'Prints a script for bash, zsh, fish or powershell. With it, the Tab key completes the commands and options of this program, and their values.',
    examples: [
      ['source <(smugmug-backup completion bash)', 'bash: in ~/.bashrc'],
      ['source <(smugmug-backup completion zsh)', 'zsh: in ~/.zshrc, after compinit'],
      ['smugmug-backup completion fish | source', 'fish: in ~/.config/fish/config.fish'],
      ['smugmug-backup completion powershell | Out-String | Invoke-Expression', 'PowerShell: in $PROFILE'],
    ],
  },
]

/** The meaning of each exit code: the contract of the command line. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'every item is held and proven, or named as impossible or pending at SmugMug'],
  [1, 'unexpected error (a bug)'],
  [2, 'usage or configuration'],
  [3, 'finished, but something failed or could not be trusted; the next run tries again'],
  [4, 'sign-in refused: keys, tokens, permissions or clock'],
  [5, 'the destination cannot be used: missing, full, read-only, damaged catalogue'],
  [6, 'another run holds the vault'],
  [7, 'safety brake: far more vanished or was replaced than is plausible'],
  [130, 'interrupted; everything finished so far is kept'],
]
