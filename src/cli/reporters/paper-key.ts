/** The private half of a key that is kept on paper, and its public half. */
export interface PaperKey {
  readonly identity: string
  readonly recipient: string
}

const WORD = 'AGE-SECRET-KEY-1'
const [GROUP, GROUPS] = [4, 4]

/** Returns the letters after `AGE-SECRET-KEY-1` in lines of 16. */
const linesOf = (identity: string): readonly string[] => identity.slice(WORD.length).match(new RegExp(`.{1,${GROUP * GROUPS}}`, 'g')) ?? []

const spaced = (line: string): string => (line.match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? []).join('  ')

/** The question that a person can answer who has the key on paper, to its end. Blanks and small letters do not matter. */
export const paperQuestion = ({ identity }: PaperKey) => {
  const lines = linesOf(identity)
  const isRight = (typed: string): boolean => typed.replaceAll(/[\s-]/g, '').toUpperCase() === lines.at(-1)
  return {
    message: `Type line ${lines.length} from your paper`,
    check: (typed: string) => (isRight(typed) ? undefined : `That is not line ${lines.length} of the paper key. Is it right on the paper?`),
  }
}

/** Returns the sheet to keep: a private key in groups that can be typed again, and the way to open a file by a stranger. At most 72 columns. */
export const paperSheet = (key: PaperKey, day: string): string => `
========================================================================
PAPER KEY OF A PHOTO VAULT                                    ${day}
========================================================================

This key opens photos that smugmug-backup has sealed. Anybody who has
this sheet can look at them. If this sheet and the key file of the
computer are both lost, the photos are lost, too: nobody can open them.

Keep it where you keep your passport or your will, and not beside the
computer. A second copy in another house is wise.

    ${WORD}
${linesOf(key.identity)
  .map((line, at) => `  ${at + 1}   ${spaced(line)}`)
  .join('\n')}

The numbered lines have no letter B, I or O, and no digit 1: a circle
is a zero.

To open a file on any computer, without smugmug-backup:

1. Install age, from https://age-encryption.org. Debian and Ubuntu:
   apt install age. macOS: brew install age. Windows: winget install
   FiloSottile.age.
2. Type the key into a text file key.txt: ${WORD} and the
   lines behind it, all in one line, in capitals, without gaps and
   without the numbers 1 to ${linesOf(key.identity).length}.
3. See whether it is typed right. This must print the line below it:
     age-keygen -y key.txt
     ${key.recipient}
4. Open a file:
     age -d -i key.txt -o photo.jpg photo.jpg.age
========================================================================

`

/** Returns the lines of the configuration for a vault that is sealed for these keys. */
export const encryptionLines = (recipients: readonly string[], identityFile: string): string => `[encryption]
recipients = [
${recipients.map((recipient) => `  "${recipient}",`).join('\n')}
]
identity_file = ${JSON.stringify(identityFile)}
`

/** The words to a person before two keys are made. */
export const BEFORE = `A sealed vault can be read only with a key of yours. This makes two: one in a file on this computer, and one that you keep on paper. Either opens everything.
If you lose both, the photos in the vault are lost. Nobody can open it then, neither SmugMug nor the makers of this program.
The paper key is shown now, once, and is stored nowhere. Print it, or write it down.`

/** Returns the words to a person about the use of the keys that were made. */
export const afterwards = (identityFile: string, configuration: string | undefined): string => `
The key of this computer is in ${identityFile}, which only you can read. A backup does without it: it is for looking at the photos. Keep it elsewhere, and leave identity_file out, if this computer shall not be able to open what it stores.
The paper key still stands on this screen, or in the file that you sent it to: clear it.
Add these lines to ${configuration ?? 'the configuration'}:
`
