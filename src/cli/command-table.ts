import type { OPERANDS } from './operands.ts'
import type { CommandName } from './options.ts'

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
      ['smugmug-backup login --write', 'for restore, which writes to your account'],
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
    name: 'copy',
    operand: 'NAME',
    summary: 'bring a further copy of the vault up to date, now',
    description:
      'Brings the copy of that name in the configuration, or every copy, up to date from the vault by hash, without asking SmugMug: each file enters it only as the vault proved it, what is replaced or gone lies in its own history afterwards, and a share of its files is read again. Each backup does the same at its end.',
    examples: [
      ['smugmug-backup copy usb', 'the copy of [copy.usb]'],
      ['smugmug-backup copy', 'every copy'],
      ['smugmug-backup copy usb --accept-changes', 'after its safety brake'],
    ],
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
    name: 'diff',
    summary: 'what changed between two runs or days',
    operand: 'A [B]',
    description:
      'Shows which photos, albums and words came, changed, moved or went between two moments: the number of a run, or a day (its end). Without a second moment the present is compared.',
    examples: [
      ['smugmug-backup diff 12', 'what changed since run 12'],
      ['smugmug-backup diff 2026-10-01 2026-11-01', 'what changed in a month'],
    ],
  },
  {
    name: 'checkout',
    summary: 'the account as of a run or a day, as plain files',
    operand: 'WHEN',
    description:
      'Writes the account as it was into a new or empty folder outside of the vault: photos, videos and the records of that day, each file proven by its hash. WHEN is the number of a run, or a day (its end).',
    examples: [
      ['smugmug-backup checkout 2026-11-26 --output ~/then', 'everything as of that day'],
      ['smugmug-backup checkout 12 --item Travel/Norway/IMG_0042.jpg --output ~/then', 'one photo as it was'],
      ['smugmug-backup checkout 12 --album "Travel/**" --output ~/then', 'only these albums'],
    ],
  },
  {
    name: 'prune',
    summary: 'forget versions, history and trash, as the settings say',
    description:
      'Forgets versions of words, places and order as keep_versions says, and removes old files from the trash and the history as keep_trash and keep_replaced say. Each backup that ends well does the same at its end. With --dry-run it says what and why, and changes nothing.',
    examples: [
      ['smugmug-backup prune --dry-run', 'see what would be forgotten, and why'],
      ['smugmug-backup prune', 'do it now'],
    ],
  },
  {
    name: 'restore',
    summary: 'put the vault back into an account at SmugMug',
    description:
      "Makes the folders, albums, photos and words that the account lacks, with the privacy that they had, and proves by SmugMug's own lists that they are there. Changes nothing that stood there, and deletes nothing. Needs the tokens of login --write.",
    examples: [
      ['smugmug-backup restore --dry-run', 'see first what would be sent, and what cannot go back'],
      ['smugmug-backup restore', 'put everything back that is missing'],
      ['smugmug-backup restore --album "Travel/**"', 'only these albums'],
      ['smugmug-backup restore --at 2026-11-26', 'what was there at the end of that day'],
      ['smugmug-backup restore --into /Old --account new', 'into a folder of another account'],
    ],
  },
  {
    name: 'handover',
    operand: 'TARGET',
    summary: 'prepare the vault for another program, or the redirects to its twin',
    description:
      'Writes what another program needs to take over your photos into a folder of its own, with a README.txt that says what to do there; the vault is only read, unless it shall get sidecars. TARGET immich: a script for its API, with albums and sidecars; photoprism: the files that it restores its index from; digikam and lightroom: copies with sidecars, or with the words in them; piwigo: a script for its API, with folders, albums and privacy. TARGET redirects: maps for nginx, Caddy and Cloudflare from every public address at SmugMug to the pages of the twin.',
    examples: [
      ['smugmug-backup handover immich --output ~/to-immich', 'the move to Immich'],
      ['smugmug-backup handover redirects --output ~/redirects', 'from old addresses to the twin'],
      ['smugmug-backup handover redirects --output ~/r --to https://photos.example.org', 'on another server'],
    ],
  },
  {
    name: 'leave',
    summary: 'the last look before you close your account at SmugMug',
    description:
      'Lists the whole account, fetches what is new, reads every byte of the vault again, brings the twin up to date, and writes a certificate. Ends with 0 only if nothing is open; else it names each thing. Then it lists what SmugMug cannot give, and only you can do, to tick off.',
    examples: [
      ['smugmug-backup leave', 'before you close the account'],
      ['smugmug-backup leave --json | tail -n 2', 'what is open, for a script'],
    ],
  },
  {
    name: 'twin',
    summary: 'a web site of the vault, to look at without this program',
    description:
      'Writes or updates the twin: a web site of your photos that opens from the disk by a double click on index.html, without a server and without this program.',
    examples: [
      ['smugmug-backup twin', 'bring the twin up to date'],
      ['smugmug-backup twin --remove', 'take it away again'],
      ['smugmug-backup twin --output /mnt/usb', 'a whole one with all photos elsewhere'],
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
    name: 'service',
    operand: 'notify test',
    summary: 'keep the vault current by the clock, with the local web page',
    description:
      'Runs until it is stopped: backups by the clock, each day a share of the files read again, the past forgotten as the settings say, the twin. What it missed while the computer slept it makes up for once. Shows the same page as web, unless --no-web. Ctrl-C or SIGTERM finishes what is in flight.',
    examples: [
      ['smugmug-backup service', 'a backup each day, and the page'],
      ['smugmug-backup service --schedule "30 2 * * *"', 'every night at half past two'],
      ['smugmug-backup service --no-web', 'without the page'],
      ['smugmug-backup service --check', 'is all well? for containers'],
      ['smugmug-backup service notify test', 'try the notifications'],
    ],
  },
  {
    name: 'key',
    operand: 'new|check',
    summary: 'the keys of a sealed vault: make them, or prove that one opens it',
    description:
      'new: makes two keys, either of which opens a sealed vault: one in a file that only you can read, and one that is shown for paper and stored nowhere. You type its last line again before the file is written. Then it prints the lines for the configuration. No key is ever written over another one. check: proves that the private key in identity_file opens the vault, on files from all over it.',
    examples: [
      ['smugmug-backup key new', 'make both keys'],
      ['smugmug-backup key new > paper.txt', 'the paper key in a file, to print it'],
      ['smugmug-backup key new --second "$KEY"', 'the second key is one that you have'],
      ['smugmug-backup key check', 'does your key open the vault?'],
    ],
  },
  {
    name: 'fleet',
    operand: 'ACTION [NAME]',
    summary: 'many accounts, backed up by many machines from one queue',
    description:
      'Backs up many accounts, each into a vault of its own, by workers on one or several machines that share a queue in PostgreSQL. ACTION init: prepare the database; import FILE: take accounts from a table with the columns name, destination, settings, secret and schedule; login NAME: sign a client in by a link; worker: work through the queue until it is stopped; status: how the accounts stand; run, pause, resume, remove NAME: one account (never its vault).',
    examples: [
      ['smugmug-backup fleet init', 'prepare the database, once'],
      ['smugmug-backup fleet import accounts.csv --dry-run', 'see what an import would change'],
      ['smugmug-backup fleet login weddings', 'a link for your client'],
      ['smugmug-backup fleet worker --jobs 8', 'back up eight accounts at once'],
      ['smugmug-backup fleet status', 'how all accounts stand'],
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
